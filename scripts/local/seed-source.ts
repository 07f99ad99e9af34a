/** A past for a source that has none: stores what is known after these minutes as if an object had watched them. */
import type { SourcePast } from '../../src/simulator/demo/past/seed.ts'
import { SourceMemory } from '../../src/watch/source-memory.ts'
import { type MinuteRow, compact, keyOf } from '../../src/watch/watchers/minute-row.ts'
import { hourOf } from '../../src/watch/watchers/past.ts'
import { Store } from '../../src/watch/watchers/store.ts'
import { turnOf } from '../../src/watch/watchers/watcher-of.ts'

/**
 * Findings in these minutes are dropped. An object that is in memory does not know of it.
 *
 * @param storage of the object that watches the source
 */
export function seedSource(storage: DurableObjectStorage, ...past: SourcePast): void {
  const [source, firstMinute, minutes] = past
  const [store, key, turn] = [new Store(storage), keyOf(source), turnOf(source.name)]
  const memory = SourceMemory.begin(firstMinute, turn)
  const rows = minutes.map((raw, i): MinuteRow => {
    const [minute, signals] = [firstMinute + i, compact(raw)]
    memory.see(minute, signals)
    const score = memory.score(minute)?.score ?? 0
    return { minute, isStoreDown: false, sources: signals === undefined ? {} : { [key]: { signals, score } } }
  })
  for (const { open } of [memory.stored.watch, memory.stored.unusual])
    for (const id of Object.keys(open)) delete open[id]
  storage.transactionSync(() => {
    store.putState(key, store.newest, memory)
    for (const [hour, own] of Map.groupBy(rows, ({ minute }) => hourOf(minute)))
      store.past.endHour(key, hour, own, turn)
  })
}
