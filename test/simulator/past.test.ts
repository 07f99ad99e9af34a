/**
 * The past of the demo, and an hour of `npm start` in virtual time: on a busy machine, and with the few attacks of the demo, nothing is
 * worth an incident.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { busynessAt } from '../../src/simulator/busyness.ts'
import { type Random, newRandom } from '../../src/simulator/random.ts'
import { DEMO_PROVIDERS } from '../../src/simulator/demo/sources.ts'
import { dayCounts, hourCounts } from '../../scripts/local/seed-figures.ts'
import { type Usual, rehearse } from '../../src/simulator/demo/past/rehearse.ts'
import { usualMinutes } from '../../src/simulator/demo/past/usual-minutes.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { Stage } from '../../src/simulator/stage.ts'
import type { Finding } from '../../src/watch/patterns/pattern.ts'
import type { MinuteSignals } from '../../src/watch/signals/signals.ts'
import { SourceMemory } from '../../src/watch/source-memory.ts'
import { storedByBusyMachine } from '../watch/support/busy-machine.ts'

const DAY = 1440
/** 2026-01-05T00:00:00Z, a Monday. */
const BEGIN = 29_459_520
const PAST_MINUTES = 15 * DAY
const NOW = BEGIN + PAST_MINUTES
const PLACE = { esp: '198.18.1.0/24', attacker: '198.19.7.0/24', attackEveryMinutes: 4 }

/** Signals of one delivery that cannot be read. */
const UNREADABLE: Partial<MinuteSignals> = {
  quarantined: 1,
  defects: [{ provider: 'Generic', type: '', lack: 'form', count: 1 }],
}

interface Past {
  readonly kinds: readonly string[]
  readonly usual: Usual
  readonly stored: string
  readonly detectors: Uint8Array
}

const pasts = new Map<string, Past>()
const pastOf = (name: string): Past => {
  const past = pasts.get(name)
  if (past === undefined) throw new Error(`${name} has no past`)
  return past
}

beforeAll(async () => {
  const stages = await Promise.all(
    DEMO_PROVIDERS.map(async (provider, i) => {
      const sender = senderNamed(provider)
      if (sender === undefined) throw new Error(`no sender named ${provider}`)
      return Stage.open(provider, 'http://localhost:1/', `198.18.${i + 1}.10`, sender)
    }),
  )
  const rehearsed = await rehearse(stages, 1, newRandom(1).next)
  for (const [i, { name, account }] of stages.entries()) {
    const usual = rehearsed.get(name)
    if (usual === undefined) throw new Error(`${name} was not rehearsed`)
    const memory = SourceMemory.begin(BEGIN, i)
    for (const [k, signals] of usualMinutes(usual, PLACE, BEGIN, PAST_MINUTES, newRandom(i)).entries()) {
      memory.see(BEGIN + k, signals ?? undefined)
      memory.score(BEGIN + k)
    }
    const detectors = memory.encodeDetectors()
    pasts.set(name, { kinds: account.kinds, usual, detectors, stored: JSON.stringify(memory.stored) })
  }
}, 120_000)

/** Findings in an hour at a source. */
function findingsOf(
  name: string,
  seed: number,
  change: (
    minutes: Partial<MinuteSignals>[],
    random: Random['next'],
  ) => (Partial<MinuteSignals> | undefined)[],
): Finding[] {
  const { usual, stored, detectors } = pastOf(name)
  const memory = new SourceMemory(JSON.parse(stored), () => detectors)
  const random = newRandom(seed)
  const hour = usualMinutes(usual, PLACE, NOW, 60, random).map((signals) => signals ?? {})
  return change(hour, random.next).flatMap((signals, i) => {
    const minute = NOW + i
    const changes = [...memory.see(minute, signals), ...(memory.score(minute)?.changes ?? [])]
    return changes.flatMap((one) => (one.change === 'ended' ? [] : [one.finding]))
  })
}

describe('how busy the simulator is', () => {
  const week = Array.from({ length: 7 * DAY }, (_, i) => busynessAt(BEGIN + i))

  it('is 1 on average over a week', () =>
    expect(week.reduce((sum, one) => sum + one, 0) / week.length).toBeCloseTo(1, 2))

  it.each([
    ['a day is busier than a night', 14 * 60, 2 * 60],
    ['a Monday is busier than a Sunday', 14 * 60, 6 * DAY + 14 * 60],
  ])('%s', (_, busier, calmer) =>
    expect(busynessAt(BEGIN + busier)).toBeGreaterThan(busynessAt(BEGIN + calmer)),
  )
})

describe.each(DEMO_PROVIDERS)('the past of %s', (name) => {
  const minutesOf = (seed: number, minutes: number) =>
    usualMinutes(pastOf(name).usual, PLACE, BEGIN, minutes, newRandom(seed))

  it('has every type that can come, and two bounces in a hundred outcomes', () => {
    const counts = new Map<string, number>()
    for (const minute of minutesOf(2, PAST_MINUTES))
      for (const [type, count] of Object.entries(minute?.events ?? {}))
        counts.set(type, (counts.get(type) ?? 0) + count)
    const { kinds } = pastOf(name)
    const possible = ['email.sent', 'email.delivered', 'email.bounced', 'email.deferred', 'email.opened', 'email.spam_reported'] // prettier-ignore
    for (const kind of possible.filter((one) => kinds.includes(one))) expect(counts.has(kind)).toBe(true)
    const bounced = counts.get('email.bounced') ?? 0
    const share = bounced / (bounced + (counts.get('email.delivered') ?? 0))
    expect(share).toBeGreaterThan(0.005)
    expect(share).toBeLessThan(0.05)
  })

  it('is the same each time for the same randomness', () => {
    const once = minutesOf(3, DAY)
    expect(minutesOf(3, DAY)).toEqual(once)
    expect(minutesOf(4, DAY)).not.toEqual(once)
  })
})

describe.each(DEMO_PROVIDERS)('the figures of the past of %s', (name) => {
  const minutes = () => usualMinutes(pastOf(name).usual, PLACE, BEGIN, 2 * DAY + 90, newRandom(5))
  const sumOf = (counts: object): number =>
    Object.values(counts).reduce((sum, one) => sum + (typeof one === 'number' ? one : sumOf(one)), 0)

  it('have each event once by hour, also in the hour that is not over', () => {
    const hours = hourCounts(BEGIN, minutes())
    expect([...hours.keys()]).toEqual(Array.from({ length: 50 }, (_, i) => BEGIN / 60 + i))
    const events = minutes().map((minute) => sumOf(minute?.events ?? {}))
    expect([...hours.values()].map(sumOf)).toEqual(
      Array.from({ length: 50 }, (_, i) => sumOf(events.slice(60 * i, 60 * (i + 1)))),
    )
  })

  it('count alike by each property, with several mailbox providers in a day', () => {
    const days = [...dayCounts(pastOf(name).usual, BEGIN, minutes())]
    expect(days.map(([day]) => day)).toEqual([0, 1, 2].map((i) => BEGIN / DAY + i))
    for (const [, { campaign, mailbox_provider, bounce_type }] of days) {
      expect(sumOf(campaign)).toBe(sumOf(bounce_type))
      expect(sumOf(mailbox_provider)).toBe(sumOf(bounce_type))
      expect(Object.keys(mailbox_provider).toSorted()).toEqual(['*', '=gmail', '=outlook'])
    }
    const [[, whole] = []] = days
    const many = ['sendgrid', 'resend', 'generic'].includes(name)
    expect(Object.keys(whole?.campaign ?? {})).toHaveLength(many ? 3 : 1)
  })
})

describe.each(DEMO_PROVIDERS)('an hour of %s', (name) => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('on a busy machine raises nothing, seed %i', (seed) => {
    const found = findingsOf(name, seed, (minutes, random) => {
      const stored = storedByBusyMachine(minutes, random)
      // As `npm start` sends it.
      return name === 'generic' ? stored.with(1, { ...stored[1], ...UNREADABLE }) : stored
    })
    expect(found).toEqual([])
  })

  it('in which much is wrong raises findings of it, in words', () => {
    const found = findingsOf(name, 9, (minutes) =>
      minutes.map((one) => ({
        ...one,
        lagSeconds: 7_200,
        events: { 'email.delivered': 500, 'email.bounced': 300 },
        refused: [{ code: 'signature_mismatch', network: '198.19.7.0/24', asn: null, count: 9 }],
      })),
    )
    const kinds = new Set(found.map(({ kind }) => kind))
    expect([...kinds]).toEqual(
      expect.arrayContaining(['brute_force', 'bounce_share', 'surge', 'lag', 'unusual']),
    )
    expect(found.filter(({ evidence }) => evidence.includes('_'))).toEqual([])
  })
})
