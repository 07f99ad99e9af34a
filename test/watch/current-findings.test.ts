/** The list of findings: what makes no incident, and how it agrees with the incidents. */
import { describe, expect, it } from 'vitest'
import type { DeliveryStatus } from '../../src/destinations/api.ts'
import { FRESHNESS } from '../../src/providers/freshness.ts'
import type { SlotRotation } from '../../src/registry/rotation/secret-version.ts'
import type { SourceView } from '../../src/registry/sources/source.ts'
import { currentFindings, judgeAll } from '../../src/watch/operations/current-findings.ts'
import type { CurrentFinding } from '../../src/watch/operations/finding.ts'
import type { NotedFacts, OperationFacts, SourceFact } from '../../src/watch/operations/facts.ts'
import { NOTED_PATTERNS } from '../../src/watch/operations/noted.ts'
import { ACTIVE } from '../support/destinations.ts'
import { incident } from '../support/incidents.ts'

const NOW = 29_500_000
const ago = (minutes: number): string => new Date((NOW - minutes) * 60_000).toISOString()

const FINE: OperationFacts = {
  down: [],
  secrets: [],
  queues: [],
  deadLetters: {},
  destinations: [],
  guards: [],
  readers: [],
}
const WELL: NotedFacts = {
  sources: [],
  statuses: [{ name: 'crm', status: ACTIVE }],
  retrying: [],
  quarantined: 0,
  addressService: null,
  watch: {
    minute: NOW,
    minutesBehind: 0,
    missed: 0,
    openIncidents: 0,
    failing: null,
    store: null,
    skipped: null,
  },
}

const source = (change: Partial<Omit<SourceFact, 'view'>>, view: object = {}): Partial<NotedFacts> => ({
  sources: [
    {
      lastMs: (NOW - 60) * 60_000,
      refused: { count: 0, code: '' },
      view: {
        name: 'shop',
        config: { provider: 'generic', auth: { require: 'any' } },
        missingSecrets: null,
        rotations: [],
        createdAtMs: (NOW - 90) * 60_000,
        ...view,
      } as unknown as SourceView,
      ...change,
    },
  ],
})
const refused = (count: number) => ({ refused: { count, code: 'signature_mismatch' } })
const observing = (days: number) => ({
  config: { provider: 'generic', auth: { require: 'any' }, observe: true },
  updatedAtMs: (NOW - days * 1_440) * 60_000,
})
const rotation = (change: Partial<SlotRotation>) =>
  source({}, { rotations: [{ slot: 'hmac', state: 'fresh', problem: null, ...change }] })
const crm = (change: Partial<DeliveryStatus>): Partial<NotedFacts> => ({
  statuses: [{ name: 'crm', status: { ...ACTIVE, ...change } as DeliveryStatus }],
})
const retried = (minutes: number, reason: NotedFacts['retrying'][number]['reason'] = 'store_failed') => ({
  retrying: [{ source: 'shop', reason, fault: 'Error', messages: 9, sinceMs: (NOW - minutes) * 60_000 }],
})
const serviceFails = (
  failure: NonNullable<NotedFacts['addressService']>['failure'],
): Partial<NotedFacts> => ({
  addressService: {
    settings: { service: 'kickbox', region: 'us', budget_a_day: 1 },
    failure,
    failedAtMs: NOW * 60_000,
  },
})
const watch = (change: Partial<NotedFacts['watch']>) => ({ watch: { ...WELL.watch, ...change } })
const staleAt = (days: number): number =>
  Math.floor(Date.parse(FRESHNESS['sendgrid']?.lookedOn ?? '') / 60_000) + days * 1_440
const sendgrid = source(
  { lastMs: staleAt(180) * 60_000 },
  { config: { provider: 'sendgrid', auth: { require: 'any' } } },
)

const ROWS: readonly [string, Partial<NotedFacts>, readonly string[], RegExp, number?][] = [
  ['all is well', source({}), [], /^$/],
  ['a source without a secret', source({}, { missingSecrets: [['hmac', 'jwt'], ['basic']] }), ['source_closed error shop'], /shop: The source refuses every delivery: it needs a secret in one of hmac, jwt, and in basic.*secrets rotate shop SLOT/],
  ['a source whose settings let nothing verify', source({}, { missingSecrets: [] }), ['source_closed error shop'], /no auth method.*sources show shop/],
  ['two refusals since the last event', source(refused(2)), [], /^$/],
  ['three refusals since the last event', source(refused(3)), ['source_refused warning shop'], /3, mostly signature mismatch.*capture shop/],
  ['one refusal, and no event ever', source({ lastMs: null, ...refused(1) }), ['source_refused warning shop'], /refusals list --source shop/],
  ['no event ever', source({ lastMs: null }), ['source_quiet info shop'], /since it was made at/],
  ['no event for a week', source({ lastMs: (NOW - 7 * 1_440) * 60_000 }), ['source_quiet info shop'], /came since/],
  ['no event for almost a week', source({ lastMs: (NOW - 7 * 1_440 + 1) * 60_000 }), [], /^$/],
  ['a source that observes', source({ lastMs: null, ...refused(3) }, observing(27)), [], /^$/],
  ['a source that observes for weeks', source({ lastMs: null }, observing(28)), ['source_observes info shop'], /for 28 days.*--observe no/],
  ['a secret that nobody fetched', rotation({ state: 'waiting' }), ['secret_waits info shop hmac'], /secrets link shop hmac/],
  ['a secret that is being set', rotation({ state: 'installing' }), [], /^$/],
  ['a secret that the ESP refuses', rotation({ state: 'installing', problem: 'refused' }), ['secret_waits warning shop hmac'], /secrets list shop/],
  ['an ESP that was looked at 180 days ago', sendgrid, [], /^$/, staleAt(180)],
  ['an ESP that was looked at 181 days ago', sendgrid, ['provider_stale info sendgrid'], /Upgrade Postern/, staleAt(181)],
  ['messages that failed just now', retried(9), ['messages_retried info messages of shop'], /tried again by themselves/],
  ['messages that fail for long', retried(10), ['messages_retried warning messages of shop'], /store_failed: Error/],
  ['messages of a newer gateway', retried(10, 'version_unknown'), ['messages_retried warning messages of shop'], /deploy the consumer/],
  ['quarantine', { quarantined: 3 }, ['quarantined info the quarantine'], /3 or more/],
  ['a service that verifies addresses', serviceFails(null), [], /^$/],
  ['a service that is slow', serviceFails('slow_down'), [], /^$/],
  ['a service without credit', serviceFails('no_credit'), ['address_service warning kickbox'], /no credit left.*addresses use kickbox/],
  ['a service that refuses the key', serviceFails('key_refused'), ['address_service warning kickbox'], /refuses the key/],
  ['a paused destination', crm({ state: 'paused', reason: 'paused' }), ['destination_note info crm'], /resume crm/],
  ['an open circuit', crm({ state: 'circuit_open', reason: 'failing', since: ago(1) }), ['destination_note info crm'], /probe.*attempts crm/],
  ['a destination that failed once', crm({ failing_since: ago(0) }), [], /^$/],
  ['a destination that fails', crm({ failing_since: ago(1) }), ['destination_note info crm'], /attempts crm/],
  ['an event that is blocked', crm({ blocked_since: ago(14) }), ['destination_note info crm'], /skip crm ID/],
  ['an event that is blocked for long', crm({ blocked_since: ago(15) }), ['destination_note warning crm'], /waiting crm/],
  ['a restore', crm({ store_restored_at: ago(7 * 1_440) }), ['destination_note info crm'], /replay crm/],
  ['a restore of long ago', crm({ store_restored_at: ago(7 * 1_440 + 1) }), [], /^$/],
  ['missed events', crm({ missed: 2 }), ['destination_note info crm'], /before you remove old events/],
  ['a watch that is late', watch({ minutesBehind: 5 }), [], /^$/],
  ['a watch that is behind', watch({ minutesBehind: 6, failing: { fault: 'RangeError', sinceMs: 0 } }), ['watch_behind warning the watch'], /6 min behind.*RangeError.*reader_failed/],
  ['a watch that left hours out', watch({ skipped: { fromMinute: NOW - 900, untilMinute: NOW - 2_880 } }), ['watch_behind info the watch'], /left out the time/],
  ['a watch that left hours out long ago', watch({ skipped: { fromMinute: NOW - 9_000, untilMinute: NOW - 2_881 } }), [], /^$/],
] // prettier-ignore

const said = ({ kind, severity, subject }: CurrentFinding): string => `${kind} ${severity} ${subject}`

describe('a finding that is no incident', () => {
  it.each(ROWS)('%s', (_what, change, expected, words, minute = NOW) => {
    const found = judgeAll(FINE, { ...WELL, ...change }, minute)
    expect(found.map(said)).toEqual(expected)
    expect(found.map(({ evidence, advice }) => `${evidence} ${advice.join(' ')}`).join(' ')).toMatch(words)
    expect(found.filter(({ advice }) => advice.every((one) => one === ''))).toEqual([])
  })

  it('has a row above for each pattern', () => {
    const kinds = new Set(ROWS.flatMap(([, , expected]) => expected.map((one) => one.split(' ')[0])))
    expect(NOTED_PATTERNS.map(({ kind }) => kind).filter((kind) => !kinds.has(kind))).toEqual([])
  })

  it('is not said beside the incident of the same destination', () => {
    const failing = { name: 'crm', state: 'failing', reason: null, sinceMinute: NOW - 20 } as const
    const found = judgeAll(
      { ...FINE, destinations: [failing] },
      { ...WELL, ...crm({ failing_since: ago(20) }) },
      NOW,
    )
    expect(found.map(said)).toEqual(['destination_failing warning crm'])
    expect(found[0]?.advice[0]).toContain('Look at its latest attempts')
  })
})

describe('the list', () => {
  const [backlog] = judgeAll(
    { ...FINE, queues: [{ queue: 'postern-events', messages: 9, oldestMinute: NOW - 20 }] },
    WELL,
    NOW,
  ) as [CurrentFinding]
  const ofBacklog = incident({
    number: 3,
    kind: 'queue_backlog',
    subject: 'postern-events',
    source: null,
    sources: [],
    findings: incident().findings.map((one) => ({
      ...one,
      kind: 'queue_backlog',
      subject: 'postern-events',
    })),
  })
  const shut = {
    ...backlog,
    kind: 'source_closed',
    subject: 'shop',
    source: 'shop',
    severity: 'info',
  } as const

  it('has each open incident once, with what is found now', () => {
    const list = currentFindings([backlog, shut], [incident({ severity: 'critical' }), ofBacklog], null)
    expect(list.map((one) => [said(one), one.incident?.number])).toEqual([
      ['brute_force critical null', 17],
      ['queue_backlog warning postern-events', 3],
      ['source_closed info shop', undefined],
    ])
  })

  it('says of an incident of the operation that it is not found any more, and of no other', () => {
    const list = currentFindings([], [incident(), { ...ofBacklog, headline: 'messages wait' }], null)
    expect(list.map(({ severity, evidence }) => `${severity} ${evidence}`)).toEqual([
      `warning ${incident().headline}`,
      'info not found any more, and over soon by itself: messages wait',
    ])
  })

  it('is that of the open incidents if nothing could be judged', () => {
    expect(currentFindings(null, [ofBacklog], null).map(said)).toEqual([
      'queue_backlog warning postern-events',
    ])
  })

  it('is about the sources that its reader sees', () => {
    expect(currentFindings([backlog, shut], [], ['shop']).map(said)).toEqual(['source_closed info shop'])
    expect(currentFindings([backlog, shut], [], ['news'])).toEqual([])
  })
})
