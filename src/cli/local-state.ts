/** Where the Postern of this machine keeps its state. */
import { join, resolve } from 'node:path'
import { checkoutFor } from './checkout.ts'
import type { Io } from './command.ts'

/** Absolute path of the folder of state and log. A STATE_DIR that is not absolute is relative to the checkout. */
export const stateDirIn = (checkout: string, environment: Io['environment']): string =>
  resolve(checkout, environment['STATE_DIR'] || '.wrangler/state')

export const logPath = (stateDir: string): string => join(stateDir, 'log.jsonl')

/** Where there is no checkout, a STATE_DIR is relative to the current folder. */
export const stateDirHere = (io: Io, command: string): string =>
  io.checkout === undefined && io.environment['STATE_DIR']
    ? resolve(io.environment['STATE_DIR'])
    : stateDirIn(checkoutFor(io, command).folder, io.environment)
