/** The parts of the object that talks to a source's ESP: what each is given, and how it runs. */
import type { Envelope } from '../event/envelope.ts'
import type { Log } from '../platform/log.ts'
import type { SourceConfig } from '../registry/sources/document.ts'
import type { Sealer } from '../platform/seal.ts'
import type { Store } from '../store/store.ts'
import type { Conversable, Converse } from './converse.ts'

/** A source with a key of its ESP's API. The key is opened for each conversation and kept nowhere. */
export interface OpenAccount extends Conversable {
  readonly name: string
  readonly config: SourceConfig
  /** Version of the key, in its slot. */
  readonly keyVersion: number
  /** An earlier source of this name was another. */
  readonly createdAtMs: number
}

export interface PartDeps {
  /** Name of the source. */
  readonly source: string
  /** For tables by `makeTables`, and for keys of the part's own. All goes with the source or its key. */
  readonly storage: DurableObjectStorage
  readonly converse: Converse
  readonly store: Store
  readonly events: Pick<Queue<Envelope>, 'send'>
  readonly large: R2Bucket
  /** Seals what goes into the queue. */
  readonly queueSealer: Sealer
  /** Wakes the object, which runs all its parts. */
  readonly wake: () => void
  /** Tells the watch why a sync of the night has stopped, or null. False if the watch does not answer. */
  readonly noteSync: (says: string | null) => Promise<boolean>
  readonly nowMs: () => number
  readonly pause: (ms: number) => Promise<void>
  readonly log: Log
}

/** A plain class with state of its own. It is made anew when the source, its key or the object was new. */
export interface Part {
  /**
   * Does what is due, for some 20 s at most.
   *
   * @returns milliseconds until it wants to run again: 0 for at once, null if only a call brings more
   */
  run(account: OpenAccount): Promise<number | null>
}

/**
 * Runs each part, also after one that fails.
 *
 * @returns milliseconds until the first of them wants to run again
 * @throws what the first that failed has thrown
 */
export async function runParts(parts: readonly Part[], account: OpenAccount): Promise<number | null> {
  const waits: number[] = []
  const faults: unknown[] = []
  for (const part of parts) {
    try {
      const waitMs = await part.run(account)
      if (waitMs !== null) waits.push(waitMs)
    } catch (cause) {
      faults.push(cause)
    }
  }
  if (faults.length > 0) throw faults[0]
  return waits.length === 0 ? null : Math.min(...waits)
}
