/** Wrong signatures from many networks, few from each. */
import { drill } from '../drill.ts'

const NETWORKS = 20

export const bruteForceSpread = drill({
  kind: 'brute_force_spread',
  sends: `deliveries under a wrong key, from ${NETWORKS} networks`,
  requests: 60,
  signs: 'wrongly',
  onlyDemo: 'all requests of your machine come from one network',
  make: async ({ forge, event, nowSeconds }, i) => ({
    request: await forge([event('email.delivered')], nowSeconds()),
    address: `198.19.${100 + (i % NETWORKS)}.5`,
  }),
})
