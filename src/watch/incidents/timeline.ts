/**
 * The timeline of an incident: bounded, in order of time. The first entries stay. Of later ones the oldest goes whose author has most
 * of its kind, so nobody pushes out what others wrote.
 */
import type { StoredEntry } from './stored.ts'

const FIRST = 50
const ENTRIES_MAX = 200
const TEXT_MAX_CHARACTERS = 4_000
/** Of all texts. An incident is one row, of 2 MB at most, and a character may have three bytes. */
const CHARACTERS_MAX = 200_000

/** Adds an entry. One that is earlier than the last gets its time, since clocks may jump. */
export function withEntry(timeline: readonly StoredEntry[], entry: StoredEntry): StoredEntry[] {
  const atMs = Math.max(entry.atMs, timeline.at(-1)?.atMs ?? entry.atMs)
  let all = [...timeline, { ...entry, atMs, text: entry.text.slice(0, TEXT_MAX_CHARACTERS) }]
  while (all.length > ENTRIES_MAX || sizeOf(all) > CHARACTERS_MAX) all = withoutOne(all)
  return all
}

function withoutOne(all: readonly StoredEntry[]): StoredEntry[] {
  // Short timelines are too large only by their texts: then none of them stays for being first.
  const later = all.length > FIRST ? all.slice(FIRST) : all
  const shares = [...Map.groupBy(later, ({ who, kind }) => `${kind} ${who}`).values()]
  const largest = shares.reduce((most, share) => (weightOf(share) > weightOf(most) ? share : most))
  return all.filter((one) => one !== largest[0])
}

const sizeOf = (entries: readonly StoredEntry[]): number =>
  entries.reduce((sum, { text }) => sum + text.length, 0)

/** An entry counts as much as the text that it may have on average. */
const weightOf = (entries: readonly StoredEntry[]): number =>
  sizeOf(entries) + (entries.length * CHARACTERS_MAX) / ENTRIES_MAX
