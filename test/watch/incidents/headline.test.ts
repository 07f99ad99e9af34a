import { expect, it } from 'vitest'
import { headlineOf } from '../../../src/watch/incidents/headline.ts'
import type { StoredFinding, StoredIncident } from '../../../src/watch/incidents/stored.ts'

const NOON_MS = Date.UTC(2026, 5, 2, 12)

it.each([
  ['9 bounces in 20 min', '9 bounces in 20 min, since 10:00 UTC'],
  [
    '6 minutes without events. 33 were expected.',
    '6 minutes without events. 33 were expected. Since 10:00 UTC',
  ],
  ['it got nothing. The channel answered 410.', 'it got nothing. The channel answered 410. Since 10:00 UTC'],
])('%s', (evidence, headline) => {
  const lead = { kind: 'silence', evidence, sinceMs: NOON_MS - 7_200_000, source: 'a' } as StoredFinding
  const incident = { findings: [lead], provider: null, openedMs: NOON_MS } as unknown as StoredIncident
  expect(headlineOf(incident, lead)).toBe(headline)
})
