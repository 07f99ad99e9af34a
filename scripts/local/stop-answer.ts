/** How `npm start` asks the Workers of `entries/` whether they are done. */

/** With the token of this start, so that nobody else stops the gateway. */
export const STOP_HEADER = 'x-postern-local-stop'

export interface StopAnswer {
  /** Requests, or batches, that have begun and not ended. */
  readonly running: number
}
