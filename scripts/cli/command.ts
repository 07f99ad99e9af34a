/** The contract of one command of the CLI. */

/** What a command may reach. */
export interface Io {
  readonly stdin: () => Promise<Uint8Array>
  /** To the person or the next program: bytes exactly, text as a line. */
  readonly print: (output: string | Uint8Array) => void
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly nowSeconds: number
}

/** 0 as hoped, 1 not so, 2 wrongly asked. */
export type ExitCode = 0 | 1 | 2

export interface Command {
  readonly name: string
  /** All that a person must know to use it. */
  readonly usage: string
  /** @throws {UsageError} where it was wrongly asked */
  readonly run: (args: readonly string[], io: Io) => Promise<ExitCode>
}

/** The person asked for what cannot be done; the message says how to ask. Never quotes what a file holds. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
