/** Check `transport`: HTTPS, and a TLS version that the source accepts. */
import type { ClientFacts } from '../../providers/presented-credentials.ts'
import type { Source } from '../../registry/sources/source.ts'
import { type Finding, PASSED, failedBy } from './level.ts'

/** From old to new. What the edge calls otherwise is older or unknown and lies below all of them. */
const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

/**
 * Passes when the source does not require TLS, or when the connection to the edge is HTTPS of at least `minimumTls`.
 * A client certificate is proof and not transport: see the mutual TLS scheme.
 */
export function transport({ https, tlsVersion }: ClientFacts, { config }: Source): Finding {
  if (!config.requireTls) return PASSED
  if (!https) return failedBy('plain_http')
  if (tlsVersion === null) return failedBy('tls_unknown')
  return VERSIONS.indexOf(tlsVersion) >= VERSIONS.indexOf(`TLSv${config.minimumTls}`)
    ? PASSED
    : failedBy('tls_too_old')
}
