/** The object that watches some of the sources. This file has its calls; `shard.ts` does the work. */
import { DurableObject } from 'cloudflare:workers'
import type { Forgotten } from '../../platform/forgotten.ts'
import { type Log, consoleLog, faultName } from '../../platform/log.ts'
import { MINUTE_MS } from '../../platform/time.ts'
import type { MinuteSignals } from '../signals/signals.ts'
import { LEARNING_ROWS } from '../unusual/unusual.ts'
import { ROW_MINUTES } from '../unusual/rows.ts'
import type { SignalPoint, SourceChange, SourceWatcherApi, WatchedSource } from './api.ts'
import { Shard } from './shard.ts'
import { Store } from './store.ts'

export class SourceWatcher extends DurableObject implements SourceWatcherApi {
  readonly #store: Store
  #shard: Shard | undefined

  readonly #log: Log

  constructor(ctx: DurableObjectState, env: unknown, log = consoleLog) {
    super(ctx, env as never)
    this.#log = log
    this.#store = new Store(ctx.storage, () => log({ event: 'watch_row_damaged' }))
  }

  /** If something fails, nothing is stored, and memory is made again from what is stored. */
  async watch(
    minute: number,
    sources: readonly WatchedSource[],
    signals: Readonly<Record<string, Partial<MinuteSignals>>>,
    isStoreDown = false,
  ): Promise<SourceChange[]> {
    if (!Number.isSafeInteger(minute) || minute < 0) return []
    try {
      return this.ctx.storage.transactionSync(() =>
        this.#loaded().watch(minute, sources, signals, isStoreDown),
      )
    } catch (cause) {
      this.#shard = undefined
      throw cause
    }
  }

  async history(
    source: string,
    sinceMinute: number,
    untilMinute: number,
    by: 'minute' | 'hour',
  ): Promise<SignalPoint[]> {
    const shard = this.#loaded()
    const found = shard.find(source)
    if (found === undefined) return []
    const { key, memory } = found
    const learnedMinute = memory.beganMinute + LEARNING_ROWS * ROW_MINUTES
    return this.#store.past.history(key, sinceMinute, untilMinute, by, shard.recent(), learnedMinute)
  }

  async forget(beforeMs: number, plan: boolean): Promise<Forgotten> {
    return this.#store.past.forget(Math.floor(beforeMs / MINUTE_MS), plan)
  }

  #loaded(): Shard {
    return (this.#shard ??= new Shard(this.#store, (cause) =>
      this.#log({ event: 'source_learned_anew', fault: faultName(cause) }),
    ))
  }
}
