/** The contract of a scheduled job. */
import type { RequestContext } from '../request-context.ts'

export interface Job {
  /** Name in the log, for example `back_up`. */
  readonly name: string
  /**
   * Does what is due. It is safe to run twice, and to run again after a crash.
   *
   * @returns number of items done, for the log
   */
  readonly run: (context: RequestContext) => Promise<number>
}
