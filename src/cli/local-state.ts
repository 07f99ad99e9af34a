/** Where the Postern of this machine keeps its state. */
import { resolve } from 'node:path'
import { stateDirOf } from '../../scripts/settings.ts'
import { CHECKOUT } from './checkout.ts'
import type { Io } from './command.ts'
import { checkoutFor } from './needs-checkout.ts'

/** A STATE_DIR that is not absolute is relative to the checkout, or to the current folder where there is none. */
export function stateDirHere({ environment }: Io, command: string): string {
  if (CHECKOUT === undefined && environment['STATE_DIR']) return resolve(environment['STATE_DIR'])
  checkoutFor(command)
  return stateDirOf(environment)
}
