/**
 * HTTP message signatures (RFC 9421) with Ed25519, and the digest of the body (RFC 9530), which a signature must cover. Read are the
 * signatures that this gateway can check; others, such as those of a proxy on the way, are left aside.
 *
 * The digest is that of the body as it was sent. A compressed body is refused, because only its contents are known here.
 */
import { type Bytes, utf8 } from '../../platform/bytes.ts'
import { type InnerList, byteSequences, innerLists } from '../../platform/structured-fields.ts'
import {
  type DeliveryHead,
  type HttpSignature,
  type HttpSignatureCredentials,
  type NoCredentials,
  lacks,
} from './presented-credentials.ts'
import type { AuthMethod } from './provider.ts'

const INPUT = 'signature-input'
const SIGNATURE = 'signature'
const DIGEST = 'content-digest'
const COVERED_DIGEST = `"${DIGEST}"`

/** Of the three headers together: four signatures over many components have room. */
const HEADERS_MAX_LENGTH = 8_192

/** Signatures of a request. Each costs a signature base. */
const MAX_SIGNATURES = 4

const HASHES: ReadonlyMap<string, 'SHA-256' | 'SHA-512'> = new Map([
  ['sha-256', 'SHA-256'],
  ['sha-512', 'SHA-512'],
])

/** @param shared if the vendor signs for all of its customers with keys that it publishes: where they are, and how a body tells whose it is */
export const httpSignatureProof = (
  name: string,
  slot: string,
  shared?: { readonly keyUrl: string; readonly accountsOf: (body: Bytes) => readonly (string | undefined)[] },
): AuthMethod => ({
  name,
  slots: [slot],
  covers: 'body',
  credentials(delivery) {
    const head = readHead(delivery)
    if ('scheme' in head) return head
    const { body } = delivery
    return {
      scheme: 'http-signature',
      slots: [slot],
      ...head,
      body,
      shared: shared && { keyUrl: shared.keyUrl, accounts: () => shared.accountsOf(body) },
      // The oldest, so that no signature passes for younger than it is.
      signedAtSeconds: Math.min(...head.signatures.map(({ createdSeconds }) => createdSeconds)),
      identity: [body],
      coversBody: true,
    }
  },
})

function readHead(
  head: DeliveryHead,
): Pick<HttpSignatureCredentials, 'signatures' | 'digests'> | NoCredentials {
  const { headers } = head
  const [input, signature, digest] = [INPUT, SIGNATURE, DIGEST].map((name) => headers.get(name) ?? undefined)
  if (input === undefined) return lacks('header_missing', INPUT)
  if (signature === undefined) return lacks('header_missing', SIGNATURE)
  if (digest === undefined) return lacks('header_missing', DIGEST)
  if (!/^(?:identity)?$/i.test(headers.get('content-encoding') ?? ''))
    return lacks('proof_malformed', 'content-encoding')
  if (input.length + signature.length + digest.length > HEADERS_MAX_LENGTH)
    return lacks('proof_malformed', INPUT)
  const lists = innerLists(input)
  if (lists === undefined || lists.size > MAX_SIGNATURES) return lacks('proof_malformed', INPUT)
  const values = byteSequences(signature)
  if (values === undefined) return lacks('proof_malformed', SIGNATURE)
  const digests = [...(byteSequences(digest) ?? [])].flatMap(([algorithm, text]) => {
    const hash = HASHES.get(algorithm)
    return hash === undefined ? [] : [{ hash, text }]
  })
  if (digests.length === 0) return lacks('proof_malformed', DIGEST)

  const signatures: HttpSignature[] = []
  let problem = lacks('proof_missing', SIGNATURE)
  for (const [label, list] of lists) {
    const text = values.get(label)
    const read = text === undefined ? problem : readSignature(text, list, head)
    if ('scheme' in read) problem = read
    else signatures.push(read)
  }
  return signatures.length === 0 ? problem : { signatures, digests }
}

function readSignature(text: string, list: InnerList, head: DeliveryHead): HttpSignature | NoCredentials {
  const { items, parameters } = list
  const [created, expires, algorithm, keyId] = ['created', 'expires', 'alg', 'keyid'].map((name) =>
    parameters.get(name),
  )
  if (!items.includes(COVERED_DIGEST)) return lacks('proof_missing', DIGEST)
  if (typeof created !== 'number') return lacks('proof_missing', 'created')
  if (expires !== undefined && typeof expires !== 'number') return lacks('proof_malformed', 'expires')
  if (algorithm !== undefined && algorithm !== 'ed25519') return lacks('proof_malformed', 'alg')
  if (keyId !== undefined && typeof keyId !== 'string') return lacks('proof_malformed', 'keyid')
  const signed = signatureBase(list, head)
  return typeof signed === 'string'
    ? { text, signed: utf8(signed), keyId, createdSeconds: created, expiresAtSeconds: expires }
    : signed
}

/**
 * The text that is signed (RFC 9421 section 2.5), or the component that the request does not have or that is unknown here: those
 * with parameters, and `@query-param`, which is one.
 */
export function signatureBase({ items, text }: InnerList, head: DeliveryHead): string | NoCredentials {
  if (new Set(items).size < items.length) return lacks('proof_malformed', INPUT)
  const lines: string[] = []
  for (const item of items) {
    const value = componentOf(item, head)
    if (typeof value !== 'string') return value
    lines.push(`${item}: ${value}`)
  }
  return [...lines, `"@signature-params": ${text}`].join('\n')
}

/** Components of the request itself, by name (RFC 9421 section 2.2). The URL is the one that the sender calls. */
const DERIVED: ReadonlyMap<string, (url: URL, head: DeliveryHead) => string> = new Map([
  ['@method', (_url, { method }) => method],
  ['@target-uri', (_url, { url }) => url],
  ['@authority', ({ host }) => host],
  ['@scheme', ({ protocol }) => protocol.slice(0, -1)],
  ['@path', ({ pathname }) => pathname],
  ['@query', ({ search }) => search || '?'],
  ['@request-target', ({ pathname, search }) => pathname + search],
])

function componentOf(item: string, head: DeliveryHead): string | NoCredentials {
  const [, name] = /^"(@?[a-z0-9!#$%&'*+.^_`|~-]+)"$/.exec(item) ?? []
  if (name === undefined) return lacks('proof_malformed', INPUT)
  if (name.startsWith('@'))
    return DERIVED.get(name)?.(new URL(head.url), head) ?? lacks('proof_malformed', name)
  const value = head.headers.get(name)
  if (value === null) return lacks('header_missing', name)
  // Only of ASCII is it certain that the text has the bytes that were signed.
  return /^[\x20-\x7e]*$/.test(value) ? value : lacks('proof_malformed', name)
}
