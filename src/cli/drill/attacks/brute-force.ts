/** Wrong signatures from one network. */
import { ATTACKER } from '../../../simulator/client-address.ts'
import { drill } from '../drill.ts'

export const bruteForce = drill({
  kind: 'brute_force',
  sends: 'deliveries under a wrong key, from one network',
  requests: 20,
  signs: 'wrongly',
  make: async ({ forge, event, nowSeconds }) => ({
    request: await forge([event('email.delivered')], nowSeconds()),
    address: ATTACKER,
  }),
})
