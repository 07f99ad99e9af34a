/** Events of a type that the ESP has never sent. */
import { drill } from '../drill.ts'

export const payload = drill({
  kind: 'payload',
  sends: 'events of a type that the ESP does not have',
  requests: 8,
  signs: 'as the ESP',
  make: ({ sign, event, nowSeconds }) => sign([event('drill_made_up')], nowSeconds()),
})
