/** Every pattern: one thing changes at a calm source, and it is said or not. */
import { describe, expect, it } from 'vitest'
import { PATTERNS } from '../../src/watch/patterns/index.ts'
import type { Refused } from '../../src/watch/signals/attack-refusals.ts'
import type { MinuteSignals } from '../../src/watch/signals/signals.ts'
import { newSourceWatch } from '../../src/watch/source-watch.ts'
import { NETWORK, NOW, calmMinute, calmWatch, play, raisedIn } from './support/calm.ts'

type Changed = (minute: number, since: number) => Partial<MinuteSignals>

const refused = (
  code: string,
  count: number,
  network = '10.1.1.0/24',
  asn = 64_999,
): { refused: Refused[] } => ({
  refused: [{ code, network, asn, count }],
})
const every = (minutes: number, since: number, change: Partial<MinuteSignals>): Partial<MinuteSignals> =>
  since % minutes === 0 ? change : {}
const delivered = (count: number): Partial<MinuteSignals> => ({
  accepted: count,
  events: { 'email.delivered': count },
  nativeTypes: { delivered: count },
  networks: { [NETWORK]: count },
})
const unread = (count: number): Partial<MinuteSignals> => ({
  defects: [{ provider: 'MailerSend', type: '', lack: 'form', count }],
})
const nothing: Partial<MinuteSignals> = {
  accepted: 0, duplicates: 0, quarantined: 0, events: {}, nativeTypes: {}, networks: {}, lagSeconds: null, bodyBytes: null, refused: [],
} // prettier-ignore

/** Attacks: the traffic, for how many minutes, and the findings in them and the hour after. */
const ATTACKS: readonly [string, number, Changed, string][] = [
  ['20 wrong secrets from a network', 20, () => refused('signature_mismatch', 1), 'brute_force warning failed_proofs'],
  ['600 of them', 20, () => refused('credentials_wrong', 30), 'brute_force warning failed_proofs,brute_force critical failed_proofs'],
  ['wrong secrets from 30 networks', 90, (_, s) => every(3, s, refused('token_invalid', 1, `10.2.${s}.0/24`, 64_000 + s)), 'brute_force_spread warning failed_proofs'],
  ['a wrong proof an hour for a day', 1440, (_, s) => every(60, s, refused('signature_mismatch', 1)), 'brute_force_slow warning failed_proofs'],
  ['old deliveries from elsewhere', 20, () => refused('timestamp_outside_window', 1), 'replay warning outside_window'],
  ['copies', 20, () => ({ duplicates: 2 }), 'replay warning duplicates'],
  ['a used token', 1, () => refused('token_reused', 1), 'token_reuse critical token_reused'],
  ['a new network', 60, (_, s) => every(15, s, { networks: { '10.3.3.0/24': 1, [NETWORK]: 1 } }), 'address warning new_network'],
  ['a new network beside the own one', 60, (_, s) => every(15, s, { networks: { '192.0.77.0/24': 1, [NETWORK]: 1 } }), 'address info new_network'],
  ['items that cannot be read', 40, (_, s) => every(4, s, { quarantined: 2 }), 'payload warning quarantined'],
  ['a native type never seen', 40, (_, s) => every(10, s, { events: { 'email.unknown': 1 }, nativeTypes: { new: 1 } }), 'payload warning new_native_type'],
  ['bodies of another size', 20, () => ({ bodyBytes: 4000 }), 'payload warning body_bytes'],
  ['items of another form', 20, () => unread(1), 'drift error lacking_form_share'],
  ['silence', 60, () => nothing, 'silence warning volume'],
  ['a surge', 30, () => delivered(30), 'surge warning volume'],
  ['bounces', 60, (_, s) => every(4, s, { events: { 'email.delivered': 2, 'email.bounced': 2 } }), 'bounce_share warning bounce_share'],
  ['complaints', 240, (_, s) => every(20, s, { events: { 'email.delivered': 2, 'email.spam_reported': 1 } }), 'complaint_share warning complaint_share,complaint_share critical complaint_share'],
  ['events that come late', 90, (_, s) => ({ lagSeconds: 20 + 8 * s }), 'lag warning lag_seconds'],
] // prettier-ignore

/** Normal traffic. */
const BENIGN: readonly [string, number, Changed][] = [
  ['a scanner without any proof', 60, () => refused('proof_missing', 50)],
  ['a handful of wrong secrets by hand', 8, () => refused('signature_mismatch', 1)],
  ['single wrong secrets from anywhere', 1440, (_, s) => every(180, s, refused('signature_mismatch', 1, `10.2.${s % 250}.0/24`, 64_000 + s))],
  ['old deliveries from the own network', 30, () => refused('timestamp_outside_window', 1, NETWORK)],
  ['a few copies', 15, (_, s) => every(3, s, { duplicates: 1 })],
  ['one delivery from elsewhere', 1, () => ({ networks: { '10.3.3.0/24': 1, [NETWORK]: 1 } })],
  ['a test page pressed twice', 2, () => ({ networks: { '10.3.3.0/24': 1, [NETWORK]: 1 } })],
  ['a deployment: some items and an event of a new type', 5, (_, s) => ({ quarantined: 1, ...(s === 0 ? { events: { 'email.unknown': 1 }, nativeTypes: { new: 1 } } : {}) })],
  ['a single event of each of four new types', 1, () => ({ events: { 'email.unknown': 4 }, nativeTypes: { a: 1, b: 1, c: 1, d: 1 } })],
  ['a few items that were cut off', 60, (_, s) => every(10, s, unread(1))],
  ['a lasting step in body size', 1440, () => ({ bodyBytes: 1400 })],
  ['five silent minutes', 5, () => nothing],
  ['twice the traffic', 1440, () => delivered(4)],
  ['an ESP that is slow for twenty minutes', 20, () => ({ lagSeconds: 100 })],
  ['events that are 90 s late for hours', 300, () => ({ lagSeconds: 90 })],
  ['nine bounces too many in an hour', 60, (_, s) => every(7, s, { events: { 'email.delivered': 2, 'email.bounced': 1 } })],
  ['four complaints too many in two hours', 120, (_, s) => every(30, s, { events: { 'email.delivered': 2, 'email.spam_reported': 1 } })],
  ['a dozen events where few are usual', 20, (m) => (m % 2 === 0 ? delivered(3) : calmMinute(m))],
  ['a quota during a campaign', 30, () => ({ ...refused('rate_limited', 20), ...delivered(4) })],
] // prettier-ignore

const playChange = (minutes: number, change: Changed): string[] =>
  raisedIn(
    play(calmWatch(), NOW, minutes + 60, (minute) => {
      const since = minute - NOW
      const calm = calmMinute(minute)
      return since < minutes ? { ...calm, ...change(minute, since) } : calm
    }),
  )

describe('a pattern', () => {
  it.each(ATTACKS)('notices %s', (_, minutes, change, raised) => {
    expect(playChange(minutes, change).join()).toBe(raised)
  })

  it.each<[string, number, Changed, readonly string[]]>([
    ['brute force', 20, () => ({ refused: [...refused('signature_mismatch', 2).refused, ...refused('signature_mismatch', 1, '10.4.4.0/24').refused] }), ['10.1.1.0/24']],
    ['brute force from an unknown network', 20, () => ({ refused: [{ code: 'signature_mismatch', network: null, asn: null, count: 1 }] }), []],
    ['brute force from networks past the bound', 20, () => refused('signature_mismatch', 1, 'other'), []],
    ['brute force from many', 90, (_, s) => every(3, s, refused('token_invalid', 1, `10.2.${s}.0/24`)), ['10.2.0.0/24', '10.2.3.0/24', '10.2.6.0/24']],
    ['slow brute force', 1440, (_, s) => every(60, s, refused('signature_mismatch', 1, s % 120 === 0 ? '10.1.1.0/24' : '2001:db8:9::/48')), ['10.1.1.0/24', '2001:db8:9::/48']],
    ['old deliveries', 20, () => ({ refused: [...refused('timestamp_outside_window', 2, NETWORK).refused, ...refused('timestamp_outside_window', 1).refused] }), ['10.1.1.0/24']],
    ['copies', 20, () => ({ duplicates: 2 }), []],
    ['a used token', 1, () => refused('token_reused', 1), ['10.1.1.0/24']],
    ['a new network', 60, (_, s) => every(15, s, { networks: { '10.3.3.0/24': 1, [NETWORK]: 1 } }), ['10.3.3.0/24']],
  ])('names the networks of %s, and not those of the ESP', (_, minutes, change, networks) => {
    const [found] = play(calmWatch(), NOW, minutes + 60, (minute) => {
      const since = minute - NOW
      const calm = calmMinute(minute)
      return since < minutes ? { ...calm, ...change(minute, since) } : calm
    })
    const named = found === undefined || found.change === 'ended' ? undefined : (found.finding.networks ?? [])
    expect(named?.slice(0, 3)).toEqual(networks)
  }) // prettier-ignore

  it.each(BENIGN)('says nothing about %s', (_, minutes, change) => {
    expect(playChange(minutes, change)).toEqual([])
  })

  it('states its evidence, since when, and what to do', () => {
    const [change] = play(calmWatch(), NOW, 30, (minute) => ({
      ...calmMinute(minute),
      ...(minute >= NOW + 10 ? refused('signature_mismatch', 1) : {}),
    }))
    expect(change).toMatchObject({
      change: 'raised',
      finding: {
        kind: 'brute_force',
        fromMinute: NOW + 10,
        features: [{ name: 'failed_proofs', observed: 11, expected: 0, share: 1 }],
        evidence: '11 wrong secrets from 10.1.1.0/24 in an hour, usually none',
      },
    })
    expect(PATTERNS.filter(({ advice }) => advice.length === 0)).toEqual([])
  })

  it.each<[string, (since: number) => number, string, number]>([
    ['a lone one 50 minutes before', (s) => (s === 0 ? 1 : s === 53 ? 20 : 0), 'brute_force', 53],
    ['some before, which are not enough', (s) => (s % 25 === 0 ? 5 : 0), 'brute_force', 0],
    ['a pause within', (s) => (s % 10 === 0 ? 3 : 0), 'brute_force', 0],
  ])('begins with the first of the attack, not of the window: %s', (_what, count, kind, since) => {
    const [change] = play(calmWatch(), NOW, 60, (minute) => ({
      ...calmMinute(minute),
      ...(count(minute - NOW) > 0 ? refused('signature_mismatch', count(minute - NOW)) : {}),
    }))
    expect(change).toMatchObject({ finding: { kind, fromMinute: NOW + since } })
  })
})

it.each<[string, number, Changed, string]>([
  ['silence', 60, () => nothing, '8 minutes without events. 14 were expected'],
  ['silence with an event', 60, (_, s) => (s === 6 ? delivered(1) : nothing), '13 minutes with 1 event. 24 were expected'],
  ['a lag', 90, (_, s) => ({ lagSeconds: 20 + 8 * s }), 'events arrive 4 min late, usually 13 s'],
  ['a lag of hours', 10, () => ({ lagSeconds: 10_000 }), 'events arrive 3 h late, usually 13 s'],
  ['old deliveries', 20, () => refused('timestamp_outside_window', 1), '7 deliveries older than the time window in an hour, from a network that the ESP does not use'],
  ['old deliveries of two networks', 20, (_, s) => refused('timestamp_outside_window', 1, `10.1.${s % 2}.0/24`), '7 deliveries older than the time window in an hour, from 2 networks that the ESP does not use'],
])('%s is told as people say it', (_, minutes, change, evidence) => {
  const [found] = play(calmWatch(), NOW, minutes, (minute) => ({ ...calmMinute(minute), ...change(minute, minute - NOW) }))
  expect(found).toMatchObject({ finding: { evidence } })
}) // prettier-ignore

it.each<[number, string[]]>([
  [700, []],
  [900, ['payload warning body_bytes']],
])('bodies of 300 bytes that become %i raise %j', (bodyBytes, raised) => {
  const watch = newSourceWatch(NOW)
  const sized = (bytes: number) => (minute: number) => ({ ...calmMinute(minute), bodyBytes: bytes })
  play(watch, NOW, 8 * 1440, sized(300))
  expect(raisedIn(play(watch, NOW + 8 * 1440, 60, sized(bodyBytes)))).toEqual(raised)
})

describe('a native type never seen', () => {
  it.each([
    ['email.deferred', '3 events of type email.deferred within a day, never seen before'],
    [
      'TransactionalSendEvents.EmailSuppressed',
      '3 events of type TransactionalSendEvents.EmailSuppressed within a day, never seen before',
    ],
    ['anna@example.com', '3 events of one type within a day, never seen before'],
    [`${'a'.repeat(20)}.${'b'.repeat(20)}`, '3 events of one type within a day, never seen before'],
  ])('%s is named if it is a name', (type, evidence) => {
    const [change] = play(calmWatch(), NOW, 3, (minute) => ({
      ...calmMinute(minute),
      events: { 'email.unknown': 1 },
      nativeTypes: { [type]: 1 },
    }))
    expect(change).toMatchObject({ finding: { kind: 'payload', evidence } })
  })
})

describe('native types in number', () => {
  const typed = (types: Readonly<Record<string, number>>) => (minute: number) => ({
    ...calmMinute(minute),
    nativeTypes: { ...calmMinute(minute).nativeTypes, ...types },
  })
  const invented = (from: number, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`invented.${from + i}`, 1]))

  it('do not hide a new one, once more were seen than are remembered', () => {
    const watch = newSourceWatch(NOW)
    for (let day = 0; day < 9; day += 1)
      play(watch, NOW + day * 1440, 1440, (minute) =>
        typed(invented(day < 7 ? (minute % 1_000) * 2 : 0, 2))(minute),
      )
    const later = NOW + 9 * 1440
    const changes = play(watch, later, 20, typed({ forged: 1 }))
    expect(raisedIn(changes)).toEqual(['payload warning new_native_type'])
    expect(changes[0]).toMatchObject({
      finding: { fromMinute: later, evidence: '5 events of type forged within a day, never seen before' },
    })
    expect(Object.keys((watch.patterns['payload'] as { types: object }).types)).toHaveLength(48)
  })

  it('are found together, if each has a single event', () => {
    const changes = play(calmWatch(), NOW, 10, (minute) => typed(invented(minute - NOW, 1))(minute))
    const evidence = 'events of 8 types within a day that were never seen before'
    expect(changes[0]).toMatchObject({ finding: { kind: 'payload', evidence } })
  })

  it('keep what the ESP sends', () => {
    const watch = calmWatch()
    play(watch, NOW, 30, (minute) => typed(invented((minute - NOW) * 60, 60))(minute))
    const { types } = watch.patterns['payload'] as { types: object }
    expect(Object.keys(types)).toEqual(expect.arrayContaining(['delivered', 'bounce', 'spamreport']))
  })

  it('are forgotten after weeks', () => {
    const watch = calmWatch()
    play(watch, NOW, 60, typed({ yearly: 1 }))
    play(watch, NOW + 60, 9 * 7 * 1440, calmMinute)
    const changes = play(watch, NOW + 60 + 9 * 7 * 1440, 10, typed({ yearly: 1 }))
    expect(raisedIn(changes)).toEqual(['payload warning new_native_type'])
  })
})

it('a share says what is usual, and the counts that it is made of', () => {
  const [change] = play(calmWatch(), NOW, 60, (minute) => ({
    ...calmMinute(minute),
    events: { 'email.delivered': 2, 'email.bounced': minute % 4 === 0 ? 2 : 0 },
  }))
  const evidence = expect.stringMatching(
    /^bounces are [\d.]+ % of outcomes, usually [\d.]+ % \(\d+ of \d+ in 30 min\)$/,
  )
  expect(change).toMatchObject({ finding: { kind: 'bounce_share', evidence } })
})

describe('a source that always bounces', () => {
  it('is told the limit of providers, and pages nobody', () => {
    const bouncing = (minute: number) => ({
      ...calmMinute(minute),
      events: { 'email.delivered': 4, 'email.bounced': minute % 2 },
    })
    const changes = play(newSourceWatch(NOW), NOW, 12 * 1440, bouncing)
    expect(raisedIn(changes)).toEqual(['bounce_share info bounce_share'])
    const evidence = expect.stringMatching(
      /^bounces are 11(?:\.\d)? % of outcomes in a day \([\d,]+ of [\d,]+\); providers act at 10 %$/,
    )
    expect(changes[0]).toMatchObject({ finding: { evidence } })
  })
})

describe('after an outage', () => {
  it('its backlog raises nothing more', () => {
    const changes = play(calmWatch(), NOW, 200, (minute) => {
      const since = minute - NOW
      if (since < 60) return undefined
      // All at once, late, and with copies.
      if (since < 75)
        return { ...calmMinute(minute), ...delivered(10), duplicates: 5, lagSeconds: 3600 - since }
      return calmMinute(minute)
    })
    expect(raisedIn(changes)).toEqual(['silence warning volume'])
  })

  it('more than a backlog is a surge', () => {
    const changes = play(calmWatch(), NOW, 90, (minute) => {
      const since = minute - NOW
      if (since < 5) return undefined
      return since < 30 ? delivered(40) : calmMinute(minute)
    })
    expect(raisedIn(changes)).toEqual(['surge warning volume'])
  })
})

describe('a source that is silent by itself', () => {
  /** Each night at another time. */
  const silentFor =
    (minutes: number) =>
    (minute: number): Partial<MinuteSignals> | undefined =>
      (minute + 11 * Math.floor(minute / 1440)) % 1440 < minutes ? undefined : calmMinute(minute)
  it.each<[number, string[]]>([
    [20, []],
    [60, ['silence warning volume']],
  ])('after weeks with 20 min of it a night, %d min raise %j', (minutes, raised) => {
    const watch = calmWatch()
    play(watch, NOW, 14 * 1440, silentFor(20))
    expect(raisedIn(play(watch, NOW + 14 * 1440, 1440, silentFor(minutes)))).toEqual(raised)
  })
})

describe('a campaign every week', () => {
  it('pages once or twice until it is known', () => {
    const watch = calmWatch()
    const campaign = (minute: number) => {
      const since = minute - NOW
      return since % 10_080 >= 600 && since % 10_080 < 720 ? delivered(16) : calmMinute(minute)
    }
    const first = play(watch, NOW, 10_080, campaign)
    const month = play(watch, NOW + 10_080, 4 * 10_080, campaign)
    const later = play(watch, NOW + 5 * 10_080, 4 * 10_080, campaign)
    expect(raisedIn(first)).toEqual(['surge warning volume'])
    expect(raisedIn(month).length).toBeLessThanOrEqual(1)
    expect(raisedIn(later)).toEqual([])
  })
})
