/** The CLI as a function: arguments in, exit code out. */
import { styleText } from 'node:util'
import { visibleJson } from '../platform/visible.ts'
import type { AnyCommand, Cli, Io } from './command.ts'
import { type Exit, type ExitCode, codeOf } from './exits.ts'
import { complaintLines } from './out/complaint.ts'
import { withShownOutput } from './out/shown.ts'
import { HelpShown, program } from './program.ts'
import { Stop, UsageError } from './stop.ts'

/** @param complain gets the error, line by line */
export async function main(
  args: readonly string[],
  given: Io,
  complain: (line: string) => void,
): Promise<ExitCode> {
  let exit: Exit = 'done'
  const io = withShownOutput(given)
  const colors = io.terminal.showsOutput && !io.environment['NO_COLOR'] && io.environment['TERM'] !== 'dumb'
  const paint = (style: Parameters<Cli['paint']>[0], text: string): string =>
    colors ? styleText(style, text, { validateStream: false }) : text
  const cli: Cli = {
    io,
    async api(options) {
      const [{ apiAt }, { findConnection }] = await Promise.all([
        import('./connection/api.ts'),
        import('./connection/find.ts'),
      ])
      const { url, token, passing } = await findConnection(options.url, io)
      return apiAt(url, token, passing)
    },
    show(options, value, words) {
      io.print(options.json === true ? visibleJson(JSON.stringify(value, null, 2)) : words())
    },
    end(otherwise) {
      exit = otherwise
    },
    paint: Object.assign(paint, { columns: io.terminal.columns }),
  }
  try {
    const isUsed = (name: string) => usesAll(args, io) || args.includes(name)
    const commands = await program(cli, (text) => io.print(text.trimEnd()), isUsed)
    const swallowed = io.checkout?.swallowedOptions('postern', optionsOf(commands), args, io.environment)
    if (swallowed !== undefined) throw new UsageError(swallowed)
    await commands.parseAsync([...args], { from: 'user' })
    return codeOf(exit)
  } catch (cause) {
    if (cause instanceof HelpShown) return codeOf(cause.asked ? 'done' : 'usage')
    if (!(cause instanceof Stop)) throw cause
    for (const line of complaintLines(cause, args.includes('--json'))) complain(line)
    return codeOf(cause.exit)
  }
}

/** Completion names every command. Of `npm run postern --json` nothing is left: npm can have kept an option of any command. */
const usesAll = (args: readonly string[], { environment }: Io): boolean =>
  args.includes('completion') || (args.length === 0 && environment['npm_lifecycle_event'] === 'postern')

/** Long names of the options of all commands, without dashes. */
function optionsOf({ options, commands }: AnyCommand): string[] {
  const own = options.flatMap(({ long }) => (long ? [long.slice(2)] : []))
  return [...new Set([...own, ...commands.flatMap(optionsOf)])]
}
