/** The CLI as a function: arguments in, exit code out. */
import { type Command, type ExitCode, type Io, UsageError } from './command.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/** The only list of commands. */
const COMMANDS: readonly Command[] = [verify, sign]

/** @param complain gets what was wrongly asked, one line each */
export async function main(
  args: readonly string[],
  io: Io,
  complain: (line: string) => void,
): Promise<ExitCode> {
  const [name = 'help', ...rest] = args
  const usage = COMMANDS.map((command) => command.usage).join('\n\n')
  const helps = name === 'help' || args.includes('--help') || args.includes('-h')
  if (helps) {
    io.print(usage)
    return args.length === 0 ? 2 : 0
  }
  const command = COMMANDS.find((one) => one.name === name)
  try {
    if (command === undefined) throw new UsageError('There is no such command; postern help lists them.')
    return await command.run(rest, io)
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause
    complain(cause.message)
    return 2
  }
}
