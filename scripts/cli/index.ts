/** The CLI as a function: arguments in, exit code out. */
import { styleText } from 'node:util'
import { visibleJson } from '../../src/platform/visible.ts'
import type { Cli, Io } from './command.ts'
import { apiAt } from './connection/api.ts'
import { findConnection } from './connection/find.ts'
import { type Exit, type ExitCode, codeOf } from './exits.ts'
import { complaintLines } from './out/complaint.ts'
import { withShownOutput } from './out/shown.ts'
import { HelpShown, program } from './program.ts'
import { Stop } from './stop.ts'

/** @param complain gets why it ended otherwise than hoped, one line each */
export async function main(
  args: readonly string[],
  given: Io,
  complain: (line: string) => void,
): Promise<ExitCode> {
  let exit: Exit = 'done'
  const io = withShownOutput(given)
  const colours = io.terminal.showsOutput && !io.environment['NO_COLOR'] && io.environment['TERM'] !== 'dumb'
  const cli: Cli = {
    io,
    async api({ url: said }) {
      const { url, token, passing } = await findConnection(said, io.environment)
      return apiAt(url, token, passing)
    },
    show(options, value, words) {
      io.print(options.json === true ? visibleJson(JSON.stringify(value, null, 2)) : words())
    },
    end(otherwise) {
      exit = otherwise
    },
    paint: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text),
  }
  try {
    await program(cli, (text) => io.print(text.trimEnd())).parseAsync([...args], {
      from: 'user',
    })
    return codeOf(exit)
  } catch (cause) {
    if (cause instanceof HelpShown) return codeOf(cause.asked ? 'done' : 'usage')
    if (!(cause instanceof Stop)) throw cause
    for (const line of complaintLines(cause, args.includes('--json'))) complain(line)
    return codeOf(cause.exit)
  }
}
