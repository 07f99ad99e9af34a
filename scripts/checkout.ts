/** The command line's checkout. Each part is loaded when it is used. The package has none: `scripts/package/build.ts` replaces this file. */
import { enableCompileCache } from 'node:module'
import type { Checkout } from '../src/cli/checkout.ts'
import { swallowedOptions } from './swallowed-options.ts'
import { ROOT } from './workers.ts'

// A command is compiled when it is first used, and not at each start. Where the folder cannot be written, each start compiles.
enableCompileCache(`${ROOT}node_modules/.cache/node`)

export const CHECKOUT: Checkout | undefined = {
  folder: ROOT,
  swallowedOptions,
  devVars: async () => (await import('./local/dev-vars.ts')).readDevVars(`${ROOT}.dev.vars`),
  accountFindings: async (...asked) => (await import('./doctor/account.ts')).accountFindings(...asked),
  drillRestore: async (drill) => (await import('./drills/restore/run.ts')).drillRestore(drill),
  drillFailover: async (drill) => (await import('./drills/failover/run.ts')).drillFailover(drill),
}
