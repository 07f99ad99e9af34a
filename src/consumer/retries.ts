/** Records which messages of a batch are being retried, for the health check. A message that succeeds at once writes nothing. */
import { faultName } from '../platform/log.ts'
import { type Retried, noteRetries } from '../store/retrying.ts'
import type { ConsumerDeps } from './deps.ts'
import type { QueueItem } from './settlement.ts'
import type { PutBack } from './settle.ts'

export class Retries {
  readonly #deps: ConsumerDeps
  readonly #retried: Retried[] = []
  readonly #settled: Pick<Retried, 'messageId' | 'envelope'>[] = []

  constructor(deps: ConsumerDeps) {
    this.#deps = deps
  }

  /** @param putBack undefined if the message was acknowledged */
  add({ message, envelope }: QueueItem, putBack: PutBack | undefined): void {
    const { id: messageId, attempts } = message
    if (putBack !== undefined) this.#retried.push({ messageId, envelope, attempts, ...putBack })
    else if (attempts > 1) this.#settled.push({ messageId, envelope })
  }

  /**
   * Never throws: the messages are settled already, and the list is for information only.
   *
   * @returns the name of the fault if the list could not be written
   */
  async write(): Promise<string | undefined> {
    const { store, nowMs, log } = this.#deps
    try {
      await noteRetries(store, this.#retried, this.#settled, nowMs())
      return undefined
    } catch (cause) {
      const fault = faultName(cause)
      log({ event: 'dependency_unavailable', message: 'retrying', fault })
      return fault
    }
  }
}
