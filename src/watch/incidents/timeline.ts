/** The timeline of an incident: bounded, in order of time. Of many entries the first ones and the newest stay. */
import type { StoredEntry } from './stored.ts'

const FIRST = 50
const NEWEST = 150
const TEXT_MAX_CHARACTERS = 4_000

/** Adds an entry. One that is earlier than the last gets its time, since clocks may jump. */
export function withEntry(timeline: readonly StoredEntry[], entry: StoredEntry): StoredEntry[] {
  const atMs = Math.max(entry.atMs, timeline.at(-1)?.atMs ?? entry.atMs)
  const all = [...timeline, { ...entry, atMs, text: entry.text.slice(0, TEXT_MAX_CHARACTERS) }]
  return all.length <= FIRST + NEWEST ? all : [...all.slice(0, FIRST), ...all.slice(-NEWEST)]
}
