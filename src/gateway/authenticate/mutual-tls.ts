/**
 * A client certificate, verified by Cloudflare's edge and pinned in the source.
 *
 * @see https://developers.cloudflare.com/ssl/client-certificates/client-certificate-variables/
 */
import type { MutualTlsCredentials } from '../../providers/shared/presented-credentials.ts'
import { pass, refuse } from '../outcome.ts'
import type { Scheme } from './scheme.ts'

export const mutualTls: Scheme<MutualTlsCredentials> = {
  name: 'mutual-tls',
  byHead: true,
  async verify({ slots }, { client, secrets }) {
    const pinned = secrets(slots).filter((secret) => secret.kind === 'certificate-sha256')
    if (pinned.length === 0) return refuse({ code: 'secret_missing' })
    const { certificate } = client
    if (certificate === null) return refuse({ code: 'proof_missing', field: 'client certificate' })
    if (certificate.verified !== 'SUCCESS')
      return refuse({ code: 'certificate_refused', problem: 'unverified' })
    // At the edge, a revoked certificate still counts as verified.
    if (certificate.revoked) return refuse({ code: 'certificate_refused', problem: 'revoked' })
    const presented = certificate.sha256.toLowerCase()
    return pinned.some(({ fingerprint }) => fingerprint === presented)
      ? pass(undefined)
      : refuse({ code: 'certificate_refused', problem: 'not_pinned' })
  },
}
