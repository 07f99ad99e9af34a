/** Patterns of operation: one fact changes, and it is said or not. */
import { describe, expect, it } from 'vitest'
import type { QueueName } from '../../src/platform/queues.ts'
import { growthOf } from '../../src/store/size.ts'
import { NOT_FINISHED, OF_QUEUES, type OperationFacts, STORE_PART } from '../../src/watch/operations/facts.ts'
import { OPERATION_PATTERNS, operateMinute } from '../../src/watch/operations/index.ts'

const NOW = 29_500_000
const DAY = 1440

const FINE: OperationFacts = {
  down: [],
  secrets: [{ source: 'shop', slot: 'key', dueMinute: NOW + 60 * DAY }],
  queues: [{ queue: 'postern-events', messages: 3, oldestMinute: NOW - 1 }],
  deadLetters: { [OF_QUEUES]: 0 },
  destinations: [{ name: 'crm', state: 'working', reason: null, sinceMinute: 0 }],
  guards: [],
  readers: [{ name: 'crm', eventsBehind: 5, oldestMinute: NOW - 2 }],
}

const secret = (days: number) => ({ secrets: [{ source: 'shop', slot: 'key', dueMinute: NOW + days * DAY }] })
const destination = (
  state: 'failing' | 'disabled',
  minutes: number,
  reason: OperationFacts['destinations'][number]['reason'] = null,
) => ({ destinations: [{ name: 'crm', state, reason, sinceMinute: NOW - minutes }] })
const guard = (fallback: 'another store' | 'none', minutes: number) => ({
  guards: [{ source: 'shop', fallback, sinceMinute: NOW - minutes }],
})
const reader = (eventsBehind: number, minutes: number) => ({
  readers: [{ name: 'crm', eventsBehind, oldestMinute: NOW - minutes }],
})

const queued = (messages: number, minutes: number, queue: QueueName = 'postern-events') => ({
  queues: [{ queue, messages, oldestMinute: NOW - minutes }],
})
const down = (part: string, fault: string, minutes: number) => ({
  down: [{ part, fault, sinceMinute: NOW - minutes, lastMinute: NOW }],
})

const GB = 1_000_000_000
/** A store that grows by 300 MB a day. */
const growing = (gigabytes: number, removesOld = false) => ({
  growth: growthOf(
    {
      bytes: gigabytes * GB,
      events: gigabytes * 1_000_000,
      eventsEver: 90_000_000,
      eventsADay: 300_000,
    },
    { byArchive: removesOld, afterDays: null },
    NOW * 60_000,
  ),
})
const archive = (eventsBehind: number, hours: number | null) => ({
  archive: { eventsBehind, oldestMinute: hours === null ? null : NOW - hours * 60 },
})

const drill = (dueDays: number, restoredDays: number | null = null) => ({
  drill: {
    restoredMinute: restoredDays === null ? null : NOW - restoredDays * DAY,
    dueMinute: NOW - dueDays * DAY,
  },
})

const channel = (failures: number, isBroken = false) => ({
  channels: [
    {
      name: 'team',
      label: 'Slack',
      failures,
      isBroken,
      sinceMinute: NOW - 5,
      error: 'The channel answered 503.',
    },
  ],
})

const webhook = (code: 'off' | 'unsigned' | 'unanswered', toldMinutes = 0) => ({
  webhooks: [
    {
      source: 'shop',
      code,
      says: 'the webhook at ESP is so',
      sinceMinute: NOW - 30,
      toldMinute: NOW - toldMinutes,
    },
  ],
})

const said = (change: Partial<OperationFacts>): string[] =>
  operateMinute({}, NOW, { ...FINE, ...change }).flatMap((one) =>
    one.change === 'ended'
      ? []
      : [
          `${one.finding.kind} ${one.finding.severity} ${one.finding.subject ?? '-'}: ${one.finding.evidence}`,
        ],
  )

const ROWS: readonly [string, Partial<OperationFacts>, readonly string[]][] = [
  ['all is well', {}, []],
  ['a webhook is off', webhook('off'), ['webhook_off error shop: shop: the webhook at ESP is so']],
  ['a webhook is not signed', webhook('unsigned'), ['webhook_off warning shop: shop: the webhook at ESP is so']],
  ['an ESP does not answer', webhook('unanswered'), ['webhook_off warning shop: shop: the webhook at ESP is so']],
  ['a webhook of which nothing was told for a day', webhook('off', DAY), []],
  ['a secret is due in 20 days', secret(20), []],
  ['a secret is due in 10 days', secret(10), ['secret_due info shop key: the secret key of shop is due in 10 days']],
  ['a secret is due in 2 days', secret(2), ['secret_due warning shop key: the secret key of shop is due in 2 days']],
  ['a secret has expired', secret(-2), ['secret_due critical shop key: the secret key of shop expired 2 days ago']],
  ['a secret is due at no time', secret(Number.NaN), []],
  ['messages wait', queued(9, 20), ['queue_backlog warning postern-events: 9 messages wait in the queue postern-events, the oldest for 20 min, usually less than 1']],
  ['messages wait for a day', queued(9, DAY), ['queue_backlog critical postern-events: 9 messages wait in the queue postern-events, the oldest for 1,440 min, usually less than 1']],
  ['no message waits', queued(0, 20), []],
  ['messages are in a dead letter queue', queued(9, 2, 'postern-email-dead'), ['queue_backlog critical postern-email-dead: 9 messages wait in the queue postern-email-dead, the oldest for 2 min, usually none']],
  ['the store is down for a moment', down(STORE_PART, 'Error', 1), []],
  ['the store is down', down(STORE_PART, 'Error', 2), ['dependency_down critical the store: the store does not answer, or takes nothing, for 2 min (Error): what is accepted waits in the queues']],
  ['the store is full', down(STORE_PART, 'DatabaseFull', 5), ['dependency_down critical the store: the store is full for 5 min: what is accepted waits in the queues']],
  ['a bucket fails for a moment', down('the bucket of the archive', 'Error', 1), []],
  ['a bucket does not answer', down('the bucket of the archive', 'Error', 2), ['bucket_down error the bucket of the archive: the bucket of the archive does not answer, or takes nothing, for 2 min (Error)']],
  ['a job failed', down('the job back_up', 'BackupIncomplete', 0), ['night_failed error the job back_up: the job back_up failed (BackupIncomplete)']],
  ['a sync of the night waits', down('the job suppression sync of shop', '2 would change', 5), ['sync_stopped warning shop: the nightly sync of suppressions of shop has stopped: 2 would change']],
  ['a sync of a night of which nothing was told for two days', { down: [{ ...down('the job suppression sync of shop', '2 would change', 5).down[0]!, lastMinute: NOW - 2 * DAY }] }, []],
  ['a job runs', down('the job back_up', NOT_FINISHED, 0), []],
  ['a job failed that is no more', { down: [{ ...down('the job old', 'Error', 0).down[0]!, lastMinute: NOW - 2 * DAY }] }, []],
  ['a night is a little late', { nightMinute: NOW - DAY - 29 }, []],
  ['a night is missing', { nightMinute: NOW - DAY - 30 }, ['night_failed error the night: no jobs of the night began for 24 h: no backup, no retention']],
  ['a destination does not answer', down('destination queue', 'RangeError', 5), ['dependency_down error destination queue: destination queue does not answer for 5 min (RangeError)']],
  ['the dead letters are not known', { deadLetters: {} }, []],
  ['a dead letter', { deadLetters: { [OF_QUEUES]: 1 } }, ['dead_letters warning the queues: 1 dead letter of the queues waits, usually none']],
  ['a delivery that was given up', { deadLetters: { crm: 1 } }, ['dead_letters warning crm: 1 delivery to crm was given up, usually none']],
  ['dead letters', { deadLetters: { [OF_QUEUES]: 2 } }, ['dead_letters warning the queues: 2 dead letters of the queues wait, usually none']],
  ['many dead letters', { deadLetters: { crm: 2000 } }, ['dead_letters critical crm: 2,000 deliveries to crm were given up, usually none']],
  ['a destination fails for a moment', destination('failing', 5), []],
  ['a destination fails', destination('failing', 30), ['destination_failing warning crm: crm has had no success for 30 min']],
  ['a destination is disabled by 410', destination('disabled', 0, 'gone'), ['destination_failing critical crm: crm gets nothing more: its endpoint answered 410, which says that it wants no more deliveries']],
  ['a destination is disabled by a header', destination('disabled', 0, 'asked'), ['destination_failing critical crm: crm gets nothing more: its endpoint answered `webhook-delivery: disable`']],
  ['a destination is disabled after five days', destination('disabled', 9, 'no_success'), ['destination_failing critical crm: crm gets nothing more: no delivery succeeded for five days']],
  ['a guard moves', guard('another store', 1), []],
  ['another store stands in', guard('another store', 5), ['guard_degraded warning shop: the guard of shop does not answer for 5 min; another store stands in']],
  ['nothing stands in', guard('none', 5), ['guard_degraded critical shop: the guard of shop does not answer for 5 min, and nothing stands in: deliveries are refused, or only the isolate that accepted one recognizes its copies']],
  ['a reader is behind', reader(100, 45), ['reader_behind warning crm: crm is 100 events and 45 min behind, usually less than 1 min']],
  ['a reader is a day behind', reader(100, DAY), ['reader_behind critical crm: crm is 100 events and 1,440 min behind, usually less than 1 min']],
  ['a reader has read all', reader(0, 45), []],
  ['a channel failed twice', channel(2), []],
  ['a channel fails', channel(3), ['channel_failing error team: channel team (Slack) gets nothing: 3 tries in a row failed. The channel answered 503.']],
  ['a channel is broken', channel(1, true), ['channel_failing error team: channel team (Slack) gets nothing more until you change it: 1 try in a row failed. The channel answered 503.']],
  ['no wave', { waves: [] }, []],
  ['a wave of unknown addresses', { waves: [{ provider: 'gmail', hour: 494_000, bounces: 210, events: 600, usual: 0.01 }] }, ['mailbox_wave warning gmail: 210 of about 600 messages to gmail bounced as no mailbox in the hour from 08:00 UTC, usually 1 %; entries that this makes are provisional where the policy says so']],
  ['the store has room', growing(6.9), []],
  ['the store is filling', growing(7.25), ['store_filling warning the store: the store is 72 % full (7.3 of 10 GB), and will be full on 2026-02-11']],
  ['the store is nearly full', growing(9.25), ['store_filling critical the store: the store is 92 % full (9.3 of 10 GB), and will be full on 2026-02-04']],
  ['the store stands at its bound, since what is old is removed', growing(8.1, true), []],
  ['the store grows though what is old is removed', growing(9.25, true), ['store_filling critical the store: the store is 92 % full (9.3 of 10 GB), and will be full on 2026-02-04']],
  ['the archive has all', archive(0, null), []],
  ['the archive waits for more events', archive(900, 1), []],
  ['the archive is behind', archive(70_000, 3), ['archive_behind warning the archive: the archive is 70,000 events and 3 h behind, usually an hour']],
  ['the archive is a day behind', archive(4_000_000, 24), ['archive_behind error the archive: the archive is 4,000,000 events and 24 h behind, usually an hour']],
  ['a restore drill is due tomorrow', drill(-1), []],
  ['a restore drill is due', drill(0), ['drill_due info the backups: no restore of a backup was ever practiced here']],
  ['a restore drill is due for a month', drill(30, 120), ['drill_due warning the backups: the last restore that passed was practiced 120 days ago']],
] // prettier-ignore

describe('operation', () => {
  it.each(ROWS)('%s', (_, change, expected) => expect(said(change)).toEqual(expected))

  it('has a row above for each pattern', () => {
    const kinds = new Set(ROWS.flatMap(([, , expected]) => expected.map((one) => one.split(' ')[0])))
    expect(OPERATION_PATTERNS.map(({ kind }) => kind).filter((kind) => !kinds.has(kind))).toEqual([])
  })

  it('says each thing once', () => {
    const open = {}
    const facts = { ...FINE, ...destination('failing', 30) }
    expect(operateMinute(open, NOW, facts)).toHaveLength(1)
    expect(operateMinute(open, NOW + 1, facts)).toMatchObject([{ change: 'seen' }])
    const fine = { ...FINE, queues: [], readers: [] }
    expect(operateMinute(open, NOW + 62, fine)).toMatchObject([{ change: 'ended', untilMinute: NOW + 2 }])
  })
})
