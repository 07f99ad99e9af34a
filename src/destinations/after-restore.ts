/** Moves the reader of a destination back, after the store was restored to an earlier time. */
import { afterRestore } from '../store/restored.ts'
import type { RunDeps } from './run-deps.ts'

/**
 * Before each run.
 *
 * @param reader the one that follows the store
 */
export async function goBackAfterRestore(
  { store, memory, destination, nowMs, log }: RunDeps,
  reader: string,
): Promise<void> {
  const reading = memory.positions.find(reader)
  if (reading === undefined) return
  const { mark } = memory.state
  const to = await afterRestore(store, mark, reading.position)
  if (to === null) return
  // Events that probes delivered ahead are gone from the store, and new events get their numbers.
  memory.state = { ...memory.state, mark: null, ahead: [], storeRestoredAtMs: nowMs() }
  await memory.save(() => memory.positions.advance(reader, reading.position, to, 0))
  log({ event: 'store_restored', destination: destination.name, reader })
}
