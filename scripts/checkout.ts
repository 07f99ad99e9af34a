/** The command line's checkout. Each part is loaded when it is used. The package has none: `scripts/package/build.ts` replaces this file. */
import type { Checkout } from '../src/cli/checkout.ts'
import { swallowedOptions } from './swallowed-options.ts'
import { ROOT } from './workers.ts'

export const CHECKOUT: Checkout | undefined = {
  folder: ROOT,
  swallowedOptions,
  devVars: async () => (await import('./local/dev-vars.ts')).readDevVars(`${ROOT}.dev.vars`),
  accountFindings: async (...asked) => (await import('./doctor/account.ts')).accountFindings(...asked),
  drillRestore: async (drill) => (await import('./drills/restore/run.ts')).drillRestore(drill),
  drillFailover: async (drill) => (await import('./drills/failover/run.ts')).drillFailover(drill),
}
