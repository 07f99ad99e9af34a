/** Events that arrive two hours late. The watch asks for several such minutes. */
import { drill } from '../drill.ts'

const LATE_SECONDS = 7_200

export const lag = drill({
  kind: 'lag',
  sends: 'events of two hours ago, in each of five minutes',
  requests: 60,
  rounds: 5,
  signs: 'as the ESP',
  make: ({ sign, event, nowSeconds }) =>
    sign([event('email.delivered', { occurredAtSeconds: nowSeconds() - LATE_SECONDS })], nowSeconds()),
})
