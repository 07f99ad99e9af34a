/** Errors that end a command. */
import type { Exit } from './exits.ts'

/** Ends the command. The message is for the person and quotes no secret. */
export class Stop extends Error {
  override readonly name: string = 'Stop'
  readonly exit: Exit
  /** Stable, for programs. */
  readonly code: string
  /** More lines below the message. */
  readonly more: readonly string[]

  constructor(exit: Exit, code: string, message: string, more: readonly string[] = []) {
    super(message)
    this.exit = exit
    this.code = code
    this.more = more
  }
}

/** The command line or a file is wrong. The message says what is expected, and quotes nothing of a file. */
export class UsageError extends Stop {
  override readonly name = 'UsageError'

  constructor(message: string, more: readonly string[] = []) {
    super('usage', 'usage_error', message, more)
  }
}
