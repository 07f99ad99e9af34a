/** The one word for how a source stands: the worst that is known. */
import { expect, it } from 'vitest'
import { type SourceStanding, sourceState } from '../../../src/console/messages/source-states.ts'
import type { SourceConfig } from '../../../src/registry/sources/document.ts'
import type { SlotRotation } from '../../../src/registry/rotation/secret-version.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 10, 29, 14, 30)
const waiting = { state: 'waiting' } as SlotRotation

/** A source that is well. */
const WELL: SourceStanding = {
  source: { missingSecrets: null, secrets: [], rotations: [], config: { observe: false } as SourceConfig },
  incident: undefined,
  isPaused: false,
  lastEventMs: NOW_MS - DAY_MS,
}
const observing = { ...WELL.source, config: { observe: true } as SourceConfig }
const incident = (kind: string) => ({ kind, severity: 'warning' }) as const

it.each<[string, string, Partial<SourceStanding>]>([
  ['good', 'works', {}],
  ['warn', 'silent', { lastEventMs: NOW_MS - DAY_MS - 1 }],
  ['plain', 'setting up', { lastEventMs: null }],
  ['plain', 'not known', { lastEventMs: undefined }],
  ['plain', 'observes', { source: observing, lastEventMs: null }],
  ['warn', 'under attack', { source: observing, incident: incident('brute_force') }],
  ['warn', 'secret waits', { source: { ...WELL.source, rotations: [waiting] }, lastEventMs: null }],
  ['warn', 'paused', { isPaused: true, source: { ...WELL.source, rotations: [waiting] } }],
  ['warn', 'under attack', { incident: incident('brute_force'), isPaused: true }],
  ['warn', 'under attack', { incident: incident('replay') }],
  ['warn', 'bounces', { incident: incident('bounce_share') }],
  ['warn', 'incident', { incident: incident('payload') }],
  ['bad', 'incident', { incident: { kind: 'of_later', severity: 'critical' } }],
  [
    'bad',
    'no secret',
    { source: { ...WELL.source, missingSecrets: [['hmac']] }, incident: incident('replay') },
  ],
  [
    'bad',
    'refuses everything',
    {
      source: {
        ...WELL.source,
        missingSecrets: [['hmac']],
        secrets: [{}] as unknown as SourceStanding['source']['secrets'],
      },
    },
  ],
])('is %s, %s', (tone, word, change) => {
  expect(sourceState({ ...WELL, ...change }, NOW_MS)).toEqual([tone, word])
})
