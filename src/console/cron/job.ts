/** The contract of what the console does by itself. */
import type { RequestContext } from '../request-context.ts'

export interface Job {
  /** For the log: `back_up`. */
  readonly name: string
  /**
   * Does what is due. Run twice, or again after it died in the middle, it does no harm.
   *
   * @returns how many things it did
   */
  readonly run: (context: RequestContext) => Promise<number>
}
