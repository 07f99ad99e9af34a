/** A single-use token around another body. */
import { ATTACKER } from '../../../simulator/client-address.ts'
import type { OutgoingRequest } from '../../../simulator/sender.ts'
import { drill } from '../drill.ts'

export const tokenReuse = drill({
  kind: 'token_reuse',
  sends: 'one genuine delivery, and another body around its token',
  requests: 2,
  signs: 'as the ESP',
  providers: ['mailgun'],
  async make({ sign, event, nowSeconds }, _i, before) {
    const signed = await sign([event('email.delivered')], nowSeconds())
    return before === undefined ? signed : { request: aroundToken(before, signed.request), address: ATTACKER }
  },
})

/** Mailgun's signature covers time and token alone. */
function aroundToken(used: OutgoingRequest, other: OutgoingRequest): OutgoingRequest {
  const { signature } = JSON.parse(Buffer.from(used.body).toString()) as { signature: object }
  const rest = JSON.parse(Buffer.from(other.body).toString()) as object
  return { ...other, body: Buffer.from(JSON.stringify({ ...rest, signature })) }
}
