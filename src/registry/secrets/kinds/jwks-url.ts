/** The URL of the keys that sign a sender's tokens (RFC 7517 section 5). */
import { outboundUrlProblem } from '../../../platform/outbound-url.ts'
import { type KindOfSecret, accept, wrong } from '../kind.ts'

export const jwksUrl: KindOfSecret = {
  check(value) {
    if (typeof value !== 'string') return wrong('Must be the URL of a JWKS, as text.')
    const problem = outboundUrlProblem(value)
    return problem === undefined ? accept({ kind: 'jwks-url', url: value }) : wrong(problem)
  },
}
