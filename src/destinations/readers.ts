/**
 * The readers of a destination. Beside the one that follows the store and the one of a replay, a source gets a reader of its own when
 * many of its deliveries wait. That one stands still until some of them are settled, and the main reader goes on without the source.
 */
import type { Reading } from '../readers/positions.ts'
import type { Memory } from './memory/memory.ts'

/** The reader that follows the store, and the one of a replay. */
export const MAIN = 'main'
export const REPLAY = 'replay'

/** With so many failed deliveries of a source nothing new of it is sent. */
export const SOURCE_WAITING_MAX = 2_000

const OF_SOURCE = 'source:'

export const sourceReader = (source: string): string => OF_SOURCE + source

/** The source of a reader; undefined for the main one and a replay. */
export const sourceOf = (reader: string): string | undefined =>
  reader.startsWith(OF_SOURCE) ? reader.slice(OF_SOURCE.length) : undefined

/** Sources that the main reader leaves out. */
export const separateSources = ({ positions }: Pick<Memory, 'positions'>): string[] =>
  positions.names().flatMap((reader) => sourceOf(reader) ?? [])

/** Sources of which so much waits that nothing new is sent. */
export function fullSources({ waiting }: Pick<Memory, 'waiting'>): ReadonlySet<string> {
  if (waiting.counts().waiting < SOURCE_WAITING_MAX) return new Set()
  const full = [...waiting.countsBySource()].filter(([, count]) => count >= SOURCE_WAITING_MAX)
  return new Set(full.map(([source]) => source))
}

/** Gives these sources readers of their own, which begin where the main one is. @returns whether any is new */
export async function separate(sources: ReadonlySet<string>, memory: Memory): Promise<boolean> {
  const main = memory.positions.find(MAIN)
  const added = sources.difference(new Set(separateSources(memory)))
  if (main === undefined || added.size === 0) return false
  await memory.save(() => {
    for (const source of added) memory.positions.start(sourceReader(source), main.position)
  })
  return true
}

/** Ends the reader of a source if it has come to where the main one is. @returns whether it has */
export async function rejoin(source: string, memory: Memory): Promise<boolean> {
  const reader = sourceReader(source)
  const main = memory.positions.find(MAIN)
  const own = memory.positions.find(reader)
  if (main === undefined || own === undefined || own.position.number < main.position.number) return false
  memory.state = { ...memory.state, missed: memory.state.missed + own.missed }
  await memory.save(() => memory.positions.end(reader))
  return true
}

/** The main reader, at the position before which everything is settled. */
export function settledReading(memory: Pick<Memory, 'positions'>): Reading | undefined {
  const main = memory.positions.find(MAIN)
  const own = separateSources(memory).flatMap(
    (source) => memory.positions.find(sourceReader(source))?.position ?? [],
  )
  return main && { ...main, position: own.reduce((a, b) => (b.number < a.number ? b : a), main.position) }
}
