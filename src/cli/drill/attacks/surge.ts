/** Far more events than at any such hour. */
import { drill } from '../drill.ts'

export const surge = drill({
  kind: 'surge',
  sends: 'genuine deliveries at once',
  requests: 900,
  signs: 'as the ESP',
  make: ({ sign, event, nowSeconds }) => sign([event('email.delivered')], nowSeconds()),
})
