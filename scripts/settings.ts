/** Settings that `npm start` takes from its environment; see README. */
import { stateDirIn } from '../src/cli/local-state.ts'
import { ROOT } from './workers.ts'

export interface StartSettings {
  readonly port: number
  readonly consolePort: number
  /** Absolute path. */
  readonly stateDir: string
  readonly demo: boolean
  /** Deliveries a second of the simulator, over all demo sources. */
  readonly pace: number
  /** One line a delivery. */
  readonly verbose: boolean
}

/** A setting that cannot be used; the message is for the person who set it. */
export class SettingError extends Error {
  override readonly name = 'SettingError'
}

/** @throws {SettingError} naming the variable */
export function startSettings(environment: Readonly<Record<string, string | undefined>>): StartSettings {
  const port = portOf(environment, 'PORT', 8787)
  const consolePort = portOf(environment, 'CONSOLE_PORT', 8788)
  if (port === consolePort)
    throw new SettingError(`PORT and CONSOLE_PORT are both ${port}: they must differ.`)
  return {
    port,
    consolePort,
    stateDir: stateDirIn(ROOT, environment),
    demo: environment['DEMO'] !== '0',
    pace: paceOf(environment['PACE']),
    verbose: environment['VERBOSE'] === '1',
  }
}

function portOf(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  otherwise: number,
): number {
  const text = environment[name]
  if (text === undefined || text === '') return otherwise
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw new SettingError(`${name} must be a port from 1 to 65535.`)
  return port
}

const PACE_MAX = 20

function paceOf(text: string | undefined): number {
  if (text === undefined || text === '') return 1
  const pace = /^[0-9]{1,2}(?:\.[0-9]{1,2})?$/.test(text) ? Number(text) : 0
  if (pace <= 0 || pace > PACE_MAX)
    throw new SettingError(`PACE must be deliveries a second, above 0 and at most ${PACE_MAX}.`)
  return pace
}
