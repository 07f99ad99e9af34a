/** The bound of a timeline, and who loses an entry to it. */
import { expect, it } from 'vitest'
import type { StoredEntry } from '../../../src/watch/incidents/stored.ts'
import { withEntry } from '../../../src/watch/incidents/timeline.ts'

let atMs = 0
const entry = (change: Partial<StoredEntry> = {}): StoredEntry => ({
  atMs: atMs++,
  kind: 'noted',
  text: 'a note',
  who: 'token:mallory',
  sources: ['shop'],
  ...change,
})
const found = (nr: number) => entry({ kind: 'worse', text: `found ${nr}`, who: null })
const timelineOf = (entries: readonly StoredEntry[]) => entries.reduce(withEntry, [] as StoredEntry[])
const many = (count: number, change: Partial<StoredEntry> = {}) =>
  Array.from({ length: count }, () => entry(change))
const textsOf = (timeline: readonly StoredEntry[]) => timeline.map(({ text }) => text)

const OTHERS = [
  ...Array.from({ length: 60 }, (_, nr) => found(nr)),
  entry({ text: 'mine', who: 'token:ada' }),
  entry({ kind: 'resolved', text: 'ended', who: 'admin' }),
]

it.each<[string, Partial<StoredEntry>]>([
  ['notes', {}],
  ['containments', { kind: 'contained' }],
  ['containments that were lifted, without a name', { kind: 'containment_ended', who: null }],
  ['notes of the greatest length', { text: '漢'.repeat(4_000) }],
])('%s of one author push out nothing of others', (_what, change) => {
  const timeline = timelineOf([...OTHERS, ...many(1_000, change)])
  expect(textsOf(timeline).slice(0, OTHERS.length)).toEqual(textsOf(OTHERS))
  expect(timeline.at(-1)?.atMs).toBe(atMs - 1)
})

it.each([
  ['short', 'x', 200],
  ['longer than they may be', '漢'.repeat(9_000), 50],
])('has a bound in entries and characters: %s', (_what, text, count) => {
  const timeline = timelineOf(many(300, { text }))
  expect(timeline).toHaveLength(count)
  expect(JSON.stringify(timeline).length).toBeLessThan(300_000)
})

it('keeps the first entries, and the newest', () => {
  const timeline = timelineOf(Array.from({ length: 300 }, (_, nr) => found(nr)))
  const numbers = timeline.map(({ text }) => Number(text.split(' ')[1]))
  expect(numbers).toEqual([...Array(50).keys(), ...Array.from({ length: 150 }, (_, i) => 150 + i)])
})
