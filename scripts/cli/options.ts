/** Command-line options, as each command declares them. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from './command.ts'

/**
 * The options and the one thing that is named without an option.
 *
 * @throws {UsageError} for an unknown option, and where not exactly one thing is named
 */
export function optionsOf<const Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
  named: string,
) {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [only, ...more] = positionals
    if (only === undefined || more.length > 0) throw new UsageError(`Name one ${named}.`)
    return { named: only, values }
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    throw new UsageError('An option is unknown or lacks its value.')
  }
}

/** @throws {UsageError} for anything but Unix seconds */
export function secondsOf(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^\d{1,11}$/.test(text)) throw new UsageError('--now takes Unix seconds.')
  return Number(text)
}
