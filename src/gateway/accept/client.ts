/** Facts of the client, as the edge reports them. Headers that a sender can write are not used. */
import { SITE_BITS, addressText, networkAround, parseAddress } from '../../platform/network.ts'
import { isObject } from '../../platform/json.ts'
import type { ClientCertificate, ClientFacts } from '../../providers/shared/presented-credentials.ts'

/**
 * The facts of a connection. The edge overwrites `CF-Connecting-IP`, whatever the sender wrote. `X-Forwarded-For` and
 * similar headers are never read. A fact that is absent or malformed is null (`request.cf` outside of Cloudflare).
 */
export function clientFacts(request: Request): ClientFacts {
  const cf: Readonly<Record<string, unknown>> = isObject(request.cf) ? request.cf : {}
  const address = parseAddress(request.headers.get('cf-connecting-ip') ?? '')
  return {
    address: address === undefined ? null : addressText(address),
    country: matching(cf['country'], COUNTRY),
    asn: asnOf(cf['asn']),
    https: request.url.startsWith('https:'),
    tlsVersion: matching(cf['tlsVersion'], TLS_VERSION),
    certificate: certificateOf(cf['tlsClientAuth']),
  }
}

/**
 * The /24 or /48 of an address as text, for logs and counts: enough to see a pattern, too little to identify a
 * person. `undefined` if it is no address.
 */
export const networkOf = (address: string | null): string | undefined =>
  networkAround(address ?? '', SITE_BITS)

/** ISO 3166-1, and Cloudflare's `T1` for Tor; its `XX` means unknown. */
const COUNTRY = /^(?!XX)[A-Z][A-Z0-9]$/
const TLS_VERSION = /^TLSv1(?:\.[1-3])?$/
const SHA256 = /^[0-9a-f]{64}$/

const matching = (value: unknown, form: RegExp): string | null =>
  typeof value === 'string' && form.test(value) ? value : null

const asnOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null

/** The presented certificate, verified or not. A revoked one can be `SUCCESS`, too: only `certRevoked` of `0` excludes that. */
function certificateOf(value: unknown): ClientCertificate | null {
  if (!isObject(value) || value['certPresented'] !== '1') return null
  const verified = textOf(value['certVerified'])
  const sha256 = matching(textOf(value['certFingerprintSHA256'])?.toLowerCase(), SHA256)
  return verified === null || sha256 === null
    ? null
    : { verified, revoked: value['certRevoked'] !== '0', sha256 }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
