/** Who is at the other end, as the edge says. Whatever a sender can write into a header stays out. */
import { SITE_BITS, addressText, networkAround, parseAddress } from '../../platform/network.ts'
import { isObject } from '../../platform/json.ts'
import type { ClientCertificate, ClientFacts } from '../../providers/presented-credentials.ts'

/**
 * The facts of a connection. `CF-Connecting-IP` is set by the edge over whatever the sender wrote; `X-Forwarded-For` and
 * its relatives are never read. What is absent or not of its form (`request.cf` outside of Cloudflare) is null.
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
 * The /24 or /48 of an address as text, for logs and counts: enough to see a pattern, too little for a person. `undefined`
 * where it is no address.
 */
export const networkOf = (address: string | null): string | undefined =>
  networkAround(address ?? '', SITE_BITS)

/** ISO 3166-1, and Cloudflare's `T1` for Tor; `XX` is its word for unknown. */
const COUNTRY = /^(?!XX)[A-Z][A-Z0-9]$/
const TLS_VERSION = /^TLSv1(?:\.[1-3])?$/
const SHA256 = /^[0-9a-f]{64}$/

const matching = (value: unknown, form: RegExp): string | null =>
  typeof value === 'string' && form.test(value) ? value : null

const asnOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null

/** A certificate that was presented, verified or not. A revoked one can be `SUCCESS` too: only `0` says that it is not. */
function certificateOf(value: unknown): ClientCertificate | null {
  if (!isObject(value) || value['certPresented'] !== '1') return null
  const verified = textOf(value['certVerified'])
  const sha256 = matching(textOf(value['certFingerprintSHA256'])?.toLowerCase(), SHA256)
  return verified === null || sha256 === null
    ? null
    : { verified, revoked: value['certRevoked'] !== '0', sha256 }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
