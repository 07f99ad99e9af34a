/** Check `transport`: HTTPS, and a TLS version that the source accepts. */
import type { ClientFacts } from '../../providers/shared/presented-credentials.ts'
import type { Source } from '../../registry/sources/source.ts'
import { type Finding, PASSED, failedBy } from './record.ts'

/** From old to new. Any other name of the edge is of an older or unknown version and counts as older than all of these. */
const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

/**
 * Passes if the source does not require TLS, or if the connection to the edge is HTTPS of at least `minimumTls`.
 * A client certificate is no matter of this check: it proves the sender, see the scheme `mutual-tls`.
 */
export function transport({ https, tlsVersion }: ClientFacts, { config }: Source): Finding {
  if (!config.requireTls) return PASSED
  if (!https) return failedBy('plain_http')
  if (tlsVersion === null) return failedBy('tls_unknown')
  return VERSIONS.indexOf(tlsVersion) >= VERSIONS.indexOf(`TLSv${config.minimumTls}`)
    ? PASSED
    : failedBy('tls_too_old')
}
