/** How a command ends that cannot go on. */
import type { Exit } from './exits.ts'

/** The command cannot go on; the message is for the person, and quotes no secret. */
export class Stop extends Error {
  override readonly name: string = 'Stop'
  readonly exit: Exit
  /** Stable, for programs. */
  readonly code: string
  /** More lines, where there is more to say. */
  readonly more: readonly string[]

  constructor(exit: Exit, code: string, message: string, more: readonly string[] = []) {
    super(message)
    this.exit = exit
    this.code = code
    this.more = more
  }
}

/** The person asked for what cannot be done; the message says how to ask. Never quotes what a file holds. */
export class UsageError extends Stop {
  override readonly name = 'UsageError'

  constructor(message: string) {
    super('usage', 'wrongly_asked', message)
  }
}
