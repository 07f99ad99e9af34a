/** Seeded memory of the demo's watch: it fits the demo's traffic, and deviations from it are noticed. */
import { beforeAll, describe, expect, it } from 'vitest'
import { newRandom } from '../../src/simulator/random.ts'
import { busynessAt } from '../../src/simulator/busyness.ts'
import { type Usual, rehearse } from '../../src/simulator/demo/taught/rehearse.ts'
import { usualMinutes } from '../../src/simulator/demo/taught/usual-minutes.ts'
import type { Random } from '../../src/simulator/mail.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { Stage } from '../../src/simulator/stage.ts'
import type { MinuteSignals } from '../../src/watch/signals/signals.ts'
import { SourceMemory } from '../../src/watch/source-memory.ts'

const PROVIDERS = ['sendgrid', 'mailgun', 'ses']
const DAY = 1440
/** 2026-01-05T00:00:00Z, a Monday. */
const BEGIN = 29_459_520
const PLACE = { esp: '198.18.1.0/24', attacker: '198.19.7.0/24', attackEveryMinutes: 4 }

const stages = await Promise.all(
  PROVIDERS.map(async (provider, i) => {
    const sender = senderNamed(provider)
    if (sender === undefined) throw new Error(`no sender named ${provider}`)
    return Stage.open(provider, 'http://localhost:1/', `198.18.${i + 1}.10`, sender)
  }),
)

const randomOf = (seed: number): Random => {
  const numbers = newRandom(seed)
  return () => numbers.next()
}

const minutesOf = (usual: Usual | undefined, from: number, days: number, seed: number) => {
  if (usual === undefined) throw new Error('not rehearsed')
  return usualMinutes(usual, PLACE, from, days * DAY, randomOf(seed))
}

let usual: ReadonlyMap<string, Usual>
beforeAll(async () => {
  usual = await rehearse(stages, 0.5, randomOf(1))
}, 60_000)

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

describe.each(PROVIDERS)('what is taught about %s', (provider) => {
  it('has every type that can come, and two bounces in a hundred outcomes', () => {
    const counts = new Map<string, number>()
    for (const minute of minutesOf(usual.get(provider), BEGIN, 15, 2))
      for (const [type, count] of Object.entries(minute?.events ?? {}))
        counts.set(type, (counts.get(type) ?? 0) + count)
    const kinds = stages.find(({ name }) => name === provider)?.account.kinds ?? []
    const possible = ['email.sent', 'email.delivered', 'email.bounced', 'email.deferred', 'email.opened', 'email.spam_reported'] // prettier-ignore
    for (const kind of possible.filter((one) => kinds.includes(one))) expect(counts.has(kind)).toBe(true)
    const bounced = counts.get('email.bounced') ?? 0
    const share = bounced / (bounced + (counts.get('email.delivered') ?? 0))
    expect(share).toBeGreaterThan(0.005)
    expect(share).toBeLessThan(0.05)
  })

  it('is the same each time for the same randomness', () => {
    const once = minutesOf(usual.get(provider), BEGIN, 1, 3)
    expect(minutesOf(usual.get(provider), BEGIN, 1, 3)).toEqual(once)
    expect(minutesOf(usual.get(provider), BEGIN, 1, 4)).not.toEqual(once)
  })

  it('makes the watch page nobody over the next hours, and notice a list of bad addresses within a minute', () => {
    const memory = SourceMemory.begin(BEGIN, 0)
    const teach = minutesOf(usual.get(provider), BEGIN, 15, 5)
    for (const [i, signals] of teach.entries()) memory.see(BEGIN + i, signals ?? undefined)
    const raised: string[] = []
    const see = (minute: number, signals: Partial<MinuteSignals> | null | undefined): void => {
      for (const change of memory.see(minute, signals ?? undefined))
        if (change.change !== 'ended' && change.finding.severity !== 'info') raised.push(change.finding.kind)
    }
    const next = BEGIN + 15 * DAY
    const hours = minutesOf(usual.get(provider), next, 0.25, 6)
    for (const [i, signals] of hours.entries()) see(next + i, signals)
    expect(raised).toEqual([])
    const usually = hours.at(-1)
    see(next + hours.length, {
      ...usually,
      accepted: (usually?.accepted ?? 0) + 100,
      events: { ...usually?.events, 'email.bounced': 100 },
      networks: { [PLACE.esp]: 110 },
    })
    expect(raised).toContain('bounce_share')
  })
})
