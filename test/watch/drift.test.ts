/** The pattern `drift`: what is told of items that lack something, and that nothing is told of what an ESP sends every day. */
import { describe, expect, it } from 'vitest'
import type { Lack, Lacking } from '../../src/event/lack.ts'
import { newRandom } from '../../src/simulator/random.ts'
import type { SimulatedEvent } from '../../src/simulator/sender.ts'
import { SENDERS } from '../../src/simulator/senders/index.ts'
import { Stage } from '../../src/simulator/stage.ts'
import { genuineDelivery } from '../../src/simulator/turns.ts'
import type { MinuteSignals } from '../../src/watch/signals/signals.ts'
import { newSourceWatch } from '../../src/watch/source-watch.ts'
import { thorough } from '../support/thorough.ts'
import { NOW, play, raisedIn } from './support/calm.ts'
import { SimulatedSource } from './support/simulated-minute.ts'

const DAY = 1440

const lacking = (lack: Lack, type = 'bounce', count = 1, example = '{}'): Lacking => ({
  provider: 'MailerSend',
  type,
  lack,
  count,
  example,
})

/** A minute with so many events of a type, of which some lack something. */
const events = (type: string, count: number, ...defects: readonly Lacking[]): Partial<MinuteSignals> => ({
  nativeTypes: { [type]: count },
  defects,
})

type Minute = (minute: number, day: number) => Partial<MinuteSignals> | undefined

const drifts = (minutes: number, signalsOf: Minute, watch = newSourceWatch(NOW), from = NOW) =>
  play(watch, from, minutes, (minute) => signalsOf(minute, (minute - NOW) / DAY)).filter(
    (one) => (one.change === 'ended' ? one.incident : one.finding).kind === 'drift',
  )

const everyHour = (minute: number, signals: Partial<MinuteSignals>) =>
  minute % 60 === 0 ? signals : undefined

describe('a source', () => {
  it.each<[string, number, Minute, string[]]>([
    ['that is new, if no bounce names anybody', 10, () => events('bounce', 1, lacking('person')), ['drift error lacking_person_share']],
    ['that is new, if nothing can be read', 10, () => ({ defects: [lacking('form', '', 2)] }), ['drift error lacking_form_share']],
    ['that is new, if no event names anybody', 10, () => events('opened', 1, lacking('recipient', 'opened')), ['drift warning lacking_recipient_share']],
    ['if five of many types name nobody, each once', 10, (m) => events(`t${m % 10}`, 1, lacking('recipient', `t${m % 10}`)), ['drift warning lacking_recipient_share']],
    ['if a bounce a day names nobody', 7 * DAY, (m) => (m % DAY === 0 ? events('bounce', 1, lacking('person')) : undefined), ['drift error lacking_person_share']],
    ['if its events suddenly have no time', 9 * DAY, (_, day) => events('opened', 1, ...(day < 8 ? [] : [lacking('time', 'opened')])), ['drift warning lacking_time_share']],
    ['if its events suddenly have no message', 9 * DAY, (_, day) => events('opened', 1, ...(day < 8 ? [] : [lacking('message_id', 'opened')])), ['drift warning lacking_message_id_share']],
    ['if all its types suddenly have other names', 9 * DAY, (m, day) => (day < 8 ? events('opened', 1) : events(`new${m % 7}`, 1, lacking('type', `new${m % 7}`))), ['drift warning lacking_type_share']],
    ['if half of its bounces come in another form', 9 * DAY, (m, day) => events('bounce', 1, ...(day < 8 || m % 2 === 0 ? [] : [lacking('person')])), ['drift error lacking_person_share']],
    ['if more than bounces lack something, once', 10, () => ({ ...events('opened', 1, lacking('recipient', 'opened')), defects: [lacking('recipient', 'opened'), lacking('form')] }), ['drift error lacking_form_share']],
  ])('%s, is told', (_, minutes, signalsOf, raised) => {
    expect(raisedIn(drifts(minutes, signalsOf))).toEqual(raised)
  }) // prettier-ignore

  it.each<[string, number, Minute]>([
    ['whose events never had a time', 20 * DAY, (m) => everyHour(m, events('opened', 3, lacking('time', 'opened', 3)))],
    ['of whose events a third never had a message', 20 * DAY, (m) => everyHour(m, events('opened', 3, lacking('message_id', 'opened')))],
    ['of whose types all are unknown', 20 * DAY, (m) => everyHour(m, events('opened', 3, lacking('type', 'opened', 3)))],
    ['with a first type without messages after weeks', 20 * DAY, (m, day) => everyHour(m, day < 15 ? events('opened', 3) : events('unsubscribe', 3, lacking('message_id', 'unsubscribe', 3)))],
    ['with a first type that is unknown beside its others', 20 * DAY, (m, day) => everyHour(m, day < 15 ? events('opened', 3) : { nativeTypes: { opened: 3, made_up: 1 }, defects: [lacking('type', 'made_up')] })],
    ['of whose bounces a tenth names nobody', 20 * DAY, (m) => everyHour(m, events('bounce', 10, lacking('person')))],
    ['with four items that cannot be read', DAY, (m) => (m < NOW + 4 ? { defects: [lacking('form', '')] } : events('opened', 1))],
    ['with an item in a hundred that cannot be read', 20 * DAY, (m) => everyHour(m, events('opened', 100, lacking('form', '')))],
    ['that mends itself before it is told', 40, (m) => events('opened', 2, ...(m % 20 < 2 ? [lacking('recipient', 'opened', 2)] : []))],
    ['whose events wait while the store is down', 9 * DAY, (_, day) => (day < 8 ? events('opened', 3, lacking('time', 'opened')) : { defects: [lacking('time', 'opened')] })],
  ])('%s, is not', (_, minutes, signalsOf) => {
    expect(drifts(minutes, signalsOf)).toEqual([])
  }) // prettier-ignore
})

describe('a finding', () => {
  it('says who it is, with numbers, what is usual, since when, and an example of it', () => {
    const others = lacking('type', 'opened', 1, '{"another":"text(1)"}')
    const [found] = drifts(10, (minute) =>
      minute < NOW + 3
        ? events('activity.hard_bounced', 1)
        : {
            nativeTypes: { 'activity.hard_bounced': 2, opened: 1 },
            defects: [lacking('person', 'activity.hard_bounced', 2, '{"data":{"to":"text(15)"}}'), others],
          },
    )
    expect(found).toMatchObject({
      change: 'raised',
      raisedAt: NOW + 5,
      finding: {
        severity: 'error',
        fromMinute: NOW + 3,
        evidence:
          'MailerSend: 6 of 6 bounces, complaints and unsubscribes of type activity.hard_bounced name no recipient, usually 14.8 %',
        example: '{"data":{"to":"text(15)"}}',
      },
    })
  })

  it('names no type that does not look like a name', () => {
    const [found] = drifts(10, () => events('ada@example.com', 1, lacking('person', 'ada@example.com')))
    expect(JSON.stringify(found)).not.toContain('ada')
    expect(found).toMatchObject({ finding: { evidence: expect.stringContaining('of one type name no') } })
  })

  it('ends two days after it was mended, or if it has been usual for weeks', () => {
    const mended: Minute = (_, day) => events('bounce', 1, ...(day < 0.1 ? [lacking('person')] : []))
    expect(drifts(3 * DAY, mended).map((one) => one.change)).toEqual(['raised', 'ended'])
    const usual: Minute = (m) => everyHour(m, events('bounce', 1, lacking('person')))
    expect(drifts(14 * DAY, usual).map((one) => one.change)).toEqual(['raised'])
    expect(drifts(40 * DAY, usual).map((one) => one.change)).toEqual(['raised', 'ended'])
  })
})

it('stays small, and goes on telling, whatever types somebody makes up', () => {
  const watch = newSourceWatch(NOW)
  const madeUp: Minute = (m) => ({
    nativeTypes: { bounce: 1, ...Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`${m}x${i}`, 5])) },
    defects: Array.from({ length: 64 }, (_, i) => lacking('time', `${m}y${i}`, 1, 'x'.repeat(1_500))),
  })
  const minutes = thorough(2 * DAY, DAY / 4)
  drifts(minutes, madeUp, watch)
  expect(JSON.stringify(watch.patterns['drift']).length).toBeLessThan(10_000)
  const bounces: Minute = (m) => events('bounce', 1, ...(m % 2 === 0 ? [lacking('person')] : []))
  expect(raisedIn(drifts(60, bounces, watch, NOW + minutes))).toEqual(['drift error lacking_person_share'])
})

it('tells within minutes that MailerSend has changed its payload, with an example without any value', async () => {
  const sender = SENDERS.find(({ provider }) => provider === 'mailersend')
  const account = await sender?.open()
  if (account === undefined) throw new Error('no sender')
  const watch = newSourceWatch(NOW)
  const source = new SimulatedSource('mailersend')
  const kinds = ['email.bounced', 'email.opened', 'email.spam_reported', 'email.unsubscribed']
  const changes = []
  for (let minute = NOW; minute < NOW + 120; minute += 1) {
    const isDrifted = minute >= NOW + 60 || undefined
    const event: SimulatedEvent = {
      kind: kinds[minute % 4] ?? '',
      messageId: `message-${minute}`,
      recipient: `grace.${minute}@example.com`,
      occurredAtSeconds: minute * 60 - 5,
      bounce: 'hard',
      isDrifted,
    }
    const signals = await source.minute(minute, [await account.deliver([event], minute * 60)])
    changes.push(...play(watch, minute, 1, () => signals))
  }
  expect(raisedIn(changes)).toEqual(['drift error lacking_form_share'])
  const [found] = changes
  expect(found).toMatchObject({
    raisedAt: NOW + 64,
    finding: {
      fromMinute: NOW + 60,
      evidence: expect.stringMatching(/^MailerSend: \d of \d items .*could not be read/),
    },
  })
  const example = found?.change === 'ended' ? undefined : found?.finding.example
  expect(JSON.parse(example ?? '')).toMatchObject({
    type: 'text(21)',
    activity: { to: { address: 'text(26)' }, labels: ['text(5)'] },
  })
  expect(example).not.toMatch(/grace|example|message-|order/i)
})

const PER_DAY = 144

it.each(SENDERS.map((sender) => [sender.provider, sender] as const))(
  'says nothing about days of ordinary mail of %s',
  async (provider, sender) => {
    const stage = await Stage.open('shop', 'http://localhost/', '192.0.2.7', sender)
    const source = new SimulatedSource(provider)
    const random = newRandom(7)
    const day: Partial<MinuteSignals>[] = []
    for (let minute = 0; minute < DAY; minute += 1) {
      if (minute % (DAY / PER_DAY) !== 0) continue
      const at = NOW + minute
      const made = await genuineDelivery(stage, at * 60, random.next)
      if (made !== undefined) day[minute] = await source.minute(at, [made.request])
    }
    expect(Object.keys(day)).not.toEqual([])
    expect(drifts(thorough(9, 3) * DAY, (minute) => day[(minute - NOW) % DAY])).toEqual([])
  },
)
