import { expect, it } from 'vitest'
import { headlineOf } from '../../../src/watch/incidents/headline.ts'
import type { StoredIncident } from '../../../src/watch/incidents/stored.ts'
import { storedFinding } from '../../support/incidents.ts'

it.each([
  ['9 bounces in 20 min', '9 bounces in 20 min'],
  ['6 minutes without events. 33 were expected.', '6 minutes without events. 33 were expected'],
  ['it got nothing. The channel answered 410.', 'it got nothing. The channel answered 410'],
])('%s', (evidence, headline) => {
  const lead = storedFinding({ kind: 'silence', evidence, source: 'a' })
  const incident = { findings: [lead], provider: null } as unknown as StoredIncident
  expect(headlineOf(incident, lead)).toBe(headline)
})
