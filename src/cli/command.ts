/** Shared interface of all commands: their input and output, how they are declared, how they end. */
import { Command } from '@commander-js/extra-typings'
import type { Checkout } from './checkout.ts'
import type { Api } from './connection/api.ts'
import type { Exit } from './exits.ts'

/** The outside world of a command. */
export interface Io {
  /** All of standard input. */
  readonly stdin: () => Promise<Uint8Array>
  /** Standard input as it comes. */
  readonly stdinParts: () => AsyncIterable<Uint8Array>
  /** Standard output: bytes as they are, text as a line. */
  readonly print: (output: string | Uint8Array) => void
  /** Opens a page in the browser, if there is one. */
  readonly browse: (url: string) => void
  /** For a person only. */
  readonly terminal: Terminal
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Absent in the package, which is installed alone. */
  readonly checkout?: Checkout | undefined
  /** When it was started. */
  readonly nowSeconds: number
  readonly nowMs: () => number
  readonly sleep: (ms: number) => Promise<void>
  /** Aborted on Ctrl-C and SIGTERM, for commands that run until then or leave something behind. */
  readonly endedByPerson: () => AbortSignal
}

/** The person at the keyboard, if there is one. */
export interface Terminal {
  readonly readsKeys: boolean
  readonly showsOutput: boolean
  /** Width of the output in columns, if it is a terminal. */
  readonly columns?: number | undefined
  readonly showsNotes: boolean
  /** A line beside the output: standard error. */
  readonly note: (line: string) => void
  /** A line that the next one replaces; nothing where there is no terminal. */
  readonly progress: (line: string) => void
  readonly ask: (question: string) => Promise<string>
  /** Asks without showing the typed text. */
  readonly askHidden: (question: string) => Promise<string>
}

/** Environment of a command. */
export interface Cli {
  readonly io: Io
  readonly api: (options: RemoteOptions) => Promise<Api>
  /** Prints the result: with --json the value, else the text for a person. */
  readonly show: (options: ShownOptions, value: unknown, words: () => string) => void
  /** Sets another exit than `done`. */
  readonly end: (exit: Exit) => void
  /** Emphasis on a terminal, nothing elsewhere. */
  readonly paint: Paint
}

/** Emphasis on a terminal, and how wide it is. */
export interface Paint {
  (style: 'bold' | 'red' | 'green' | 'yellow' | 'dim', text: string): string
  /** Unknown where the output is no terminal: nothing is cut then. */
  readonly columns?: number | undefined
}

export interface ShownOptions {
  readonly json?: true | undefined
}
export interface RemoteOptions {
  readonly url?: string | undefined
}

export type MakeCommand = (cli: Cli) => AnyCommand
/** A command of the table, which has its name and its summary. */
export type MakeListed = (cli: Cli, name: string, summary: string) => AnyCommand
export type AnyCommand = Parameters<Command['addCommand']>[0]

/** A command without subcommands. The example is a whole line. */
export const verb = (name: string, summary: string, example: string) =>
  new Command(name)
    .summary(summary)
    .description(summary)
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', `\nExample:\n  ${example}`)

/** A command that calls the console. */
export const remote = (name: string, summary: string, example: string) =>
  verb(name, summary, example).option(
    '--url <URL>',
    'where the console answers; default: POSTERN_URL, else the last login, else this machine',
  )

/** A command that changes something there. */
export const changing = (name: string, summary: string, example: string) =>
  remote(name, summary, example).option('--reason <WHY>', 'why, for the audit log')

interface ChangeOptions {
  readonly reason?: string | undefined
  readonly ifVersion?: string | undefined
}

/** The reason of a change, and the version that it is for, as headers of the call. */
export const because = ({ reason, ifVersion }: ChangeOptions) => ({
  headers: { 'x-reason': reason === undefined ? undefined : headerText(reason), ...onlyAt(ifVersion) },
})

/** RFC 9110: the entity tag is the version; 0 for what is not there yet. */
const onlyAt = (version: string | undefined): Readonly<Record<string, string>> => {
  if (version === undefined) return {}
  return version === '0' ? { 'if-none-match': '*' } : { 'if-match': `"${version}"` }
}

/** A header is one line of bytes: those of UTF-8, each as a character of its own. */
const headerText = (text: string): string =>
  Buffer.from(text.replaceAll(/\p{Cc}+/gu, ' ').trim(), 'utf8').toString('latin1')

/** A command that only groups others: a noun with its verbs. */
export const noun =
  (...verbs: readonly MakeCommand[]): MakeListed =>
  (cli, name, summary) => {
    const command = new Command(name).summary(summary).description(summary)
    for (const make of verbs) command.addCommand(make(cli))
    return command
  }
