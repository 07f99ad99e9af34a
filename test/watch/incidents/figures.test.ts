import { expect, it } from 'vitest'
import { isMuchWorse, told } from '../../../src/watch/incidents/figures.ts'
import type { StoredFinding } from '../../../src/watch/incidents/stored.ts'

const MINUTE_MS = 60_000

/** A finding whose worst minute has this figure. */
const finding = (observed: number, change: Partial<StoredFinding> = {}): StoredFinding => ({
  kind: 'bounce_share',
  severity: 'warning',
  source: 'shop',
  subject: null,
  createdAtMs: 1,
  networks: [],
  evidence: '',
  features: [{ name: 'bounce_share', observed, expected: 2, share: 1 }],
  raisedMinute: 0,
  sinceMs: 0,
  endedMs: null,
  foundMs: 0,
  ...change,
})

it.each<[string, number, number, Partial<StoredFinding>, boolean]>([
  ['three times the excess, a quarter of an hour later', 32, 15, {}, true],
  ['less than three times', 31, 15, {}, false],
  ['three times, a minute too early', 32, 14, {}, false],
  ['three times, for information', 32, 15, { severity: 'info' }, false],
  ['a silence, which only lasts', 32, 15, { kind: 'silence' }, false],
])('is worth telling again after 12 %%, usually 2 %%: %s', (_, observed, minutes, change, expected) => {
  const before = told(finding(12, change), 0)
  const worse = finding(observed, { ...change, ...(before.told === undefined ? {} : { told: before.told }) })
  expect(isMuchWorse(worse, minutes * MINUTE_MS)).toBe(expected)
})
