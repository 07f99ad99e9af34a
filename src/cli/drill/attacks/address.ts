/** Genuine deliveries from a network that the ESP has never used. */
import { drill } from '../drill.ts'

export const address = drill({
  kind: 'address',
  sends: 'genuine deliveries from a network that was never seen',
  requests: 6,
  signs: 'as the ESP',
  make: async ({ sign, event, nowSeconds }) => ({
    ...(await sign([event('email.delivered')], nowSeconds())),
    address: '198.19.200.9',
  }),
})
