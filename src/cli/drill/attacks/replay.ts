/** Deliveries that are far older than the time window, as if somebody had recorded them. */
import { ATTACKER } from '../../../simulator/client-address.ts'
import { drill } from '../drill.ts'

/** Longer than any ESP retries. */
const OLD_SECONDS = 9 * 86_400

export const replay = drill({
  kind: 'replay',
  sends: 'deliveries that were signed nine days ago, from one network. An ESP that signs no time has none',
  requests: 12,
  signs: 'as the ESP',
  async make({ sign, event, nowSeconds }) {
    const occurredAtSeconds = nowSeconds() - OLD_SECONDS
    const { request } = await sign([event('email.delivered', { occurredAtSeconds })], occurredAtSeconds)
    return { request, address: ATTACKER }
  },
})
