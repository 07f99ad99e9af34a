/** A signature whose format the operator describes, for any sender that signs in a common way. */
import { type Bytes, utf8 } from '../../platform/bytes.ts'
import { unixSeconds } from '../../platform/time.ts'
import { type Delivery, type Presented, type NoCredentials, lacks } from './presented-credentials.ts'
import type { SignatureSetting, SourceSettings } from './provider.ts'
import { type TemplateValues, hasOneReading, partsOf } from './signed-template.ts'

type Algorithm =
  | {
      readonly scheme: 'hmac'
      readonly hash: 'SHA-1' | 'SHA-256' | 'SHA-512'
      readonly slots: readonly ['hmac']
    }
  | { readonly scheme: 'rsa'; readonly hash: 'SHA-1' | 'SHA-256'; readonly slots: readonly ['public_key'] }
  | { readonly scheme: 'ecdsa'; readonly slots: readonly ['public_key'] }
  | { readonly scheme: 'ed25519'; readonly slots: readonly ['public_key'] }

const ALGORITHMS: Readonly<Record<SignatureSetting['algorithm'], Algorithm>> = {
  'hmac-sha1': { scheme: 'hmac', hash: 'SHA-1', slots: ['hmac'] },
  'hmac-sha256': { scheme: 'hmac', hash: 'SHA-256', slots: ['hmac'] },
  'hmac-sha512': { scheme: 'hmac', hash: 'SHA-512', slots: ['hmac'] },
  'ecdsa-p256-sha256': { scheme: 'ecdsa', slots: ['public_key'] },
  'rsa-pkcs1-sha1': { scheme: 'rsa', hash: 'SHA-1', slots: ['public_key'] },
  'rsa-pkcs1-sha256': { scheme: 'rsa', hash: 'SHA-256', slots: ['public_key'] },
  ed25519: { scheme: 'ed25519', slots: ['public_key'] },
}

/** Visible ASCII, so that the signed bytes are the header's bytes. */
const ID_FORM = /^[\x21-\x7e]{1,256}$/

/**
 * Reads the signature as the setting describes it. The time and id headers count only if the template signs them. If the
 * template signs a time or an id but the setting names no header for it, every delivery is refused with that reason. If the
 * border between two parts could be elsewhere, the signed text is ambiguous and is refused.
 */
export function freeSignature(
  delivery: Delivery,
  setting: SignatureSetting,
  { publicUrl }: SourceSettings,
): Presented {
  const { header, prefix = '', encoding, format = 'der', signed } = setting
  const found = delivery.headers.get(header)
  if (found === null) return lacks('header_missing', header)
  if (!found.startsWith(prefix)) return lacks('proof_malformed', header)

  const timestamp = signedHeader(delivery, signed, '{timestamp}', setting.timestampHeader)
  if (typeof timestamp === 'object') return timestamp
  const signedAtSeconds = timestamp === undefined ? undefined : unixSeconds(timestamp)
  if (timestamp !== undefined && signedAtSeconds === undefined) {
    return lacks('proof_malformed', setting.timestampHeader ?? '{timestamp}')
  }

  const id = signedHeader(delivery, signed, '{id}', setting.idHeader)
  if (typeof id === 'object') return id
  if (id !== undefined && !ID_FORM.test(id)) return lacks('proof_malformed', setting.idHeader ?? '{id}')

  const { body, url } = delivery
  // If the operator set the query in `publicUrl`, the sender cannot choose it.
  const queryAt = publicUrl?.includes('?') === true ? url.length : url.length - queryOf(url).length
  const values = { timestamp: timestamp ?? '', id: id ?? '', url, queryAt, body }
  const parts = partsOf(signed)
  if (!hasOneReading(parts, values)) return lacks('proof_malformed', header)

  const common = {
    signatures: [{ text: found.slice(prefix.length), encoding }],
    signed: filled(parts, values),
    signedAtSeconds,
    identity: id === undefined ? [body] : [utf8(id)],
    coversBody: true,
  }
  const algorithm = ALGORITHMS[setting.algorithm]
  return algorithm.scheme === 'ecdsa' ? { ...algorithm, format, ...common } : { ...algorithm, ...common }
}

/** The value of a header that the template signs; `undefined` if the template does not mention it. */
function signedHeader(
  { headers }: Delivery,
  template: string,
  placeholder: string,
  name: string | undefined,
): string | undefined | NoCredentials {
  if (!template.includes(placeholder)) return undefined
  if (name === undefined) return lacks('proof_missing', placeholder)
  return headers.get(name) ?? lacks('header_missing', name)
}

const queryOf = (url: string): string => (url.includes('?') ? url.slice(url.indexOf('?')) : '')

/** Replaces each placeholder once. The inserted values are not read as templates again. */
const filled = (parts: readonly string[], { body, timestamp, id, url }: TemplateValues): Bytes[] =>
  parts.map((part, at) => {
    if (at % 2 === 0) return utf8(part)
    if (part === '{body}') return body
    return utf8(part === '{url}' ? url : part === '{id}' ? id : timestamp)
  })
