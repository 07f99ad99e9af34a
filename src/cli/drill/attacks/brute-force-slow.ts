/** A wrong signature an hour. The watch asks for four different hours of a day, so it cannot be shorter. */
import { ATTACKER } from '../../../simulator/client-address.ts'
import { drill } from '../drill.ts'

export const bruteForceSlow = drill({
  kind: 'brute_force_slow',
  sends: 'one delivery under a wrong key in each of four hours',
  requests: 1,
  rounds: 4,
  roundSeconds: 3_600,
  signs: 'wrongly',
  onlyDeployed: 'the autonomous system of a client is known at the edge of Cloudflare alone',
  make: async ({ forge, event, nowSeconds }) => ({
    request: await forge([event('email.delivered')], nowSeconds()),
    address: ATTACKER,
  }),
})
