/** A list of bad addresses, or forged bounces. */
import { drill } from '../drill.ts'

export const bounceShare = drill({
  kind: 'bounce_share',
  sends: 'hard bounces, which suppress ten recipients at example.com',
  requests: 80,
  signs: 'as the ESP',
  reports: 'email.bounced',
  make: ({ sign, event, nowSeconds }) => sign([event('email.bounced', { bounce: 'hard' })], nowSeconds()),
})
