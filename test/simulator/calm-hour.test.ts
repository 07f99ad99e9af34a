/** An hour of `npm start` in virtual time: on a busy machine, and with the few attacks of the demo, nothing is worth an incident. */
import { beforeAll, describe, expect, it } from 'vitest'
import { newRandom } from '../../src/simulator/random.ts'
import { DEMO_PROVIDERS } from '../../src/simulator/demo/sources.ts'
import { rehearse } from '../../src/simulator/demo/taught/rehearse.ts'
import { usualMinutes } from '../../src/simulator/demo/taught/usual-minutes.ts'
import type { Random } from '../../src/simulator/mail.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { Stage } from '../../src/simulator/stage.ts'
import type { Finding } from '../../src/watch/patterns/pattern.ts'
import type { MinuteSignals } from '../../src/watch/signals/signals.ts'
import { type DetectorBytes, SourceMemory } from '../../src/watch/source-memory.ts'
import { storedByBusyMachine } from '../watch/support/busy-machine.ts'

/** 2026-01-05T00:00:00Z, a Monday. */
const BEGIN = 29_459_520
const TAUGHT_MINUTES = 15 * 1440
const NOW = BEGIN + TAUGHT_MINUTES

const randomOf = (seed: number): Random => {
  const numbers = newRandom(seed)
  return () => numbers.next()
}

interface Taught {
  readonly stored: string
  readonly detectors: DetectorBytes
  readonly hour: (random: Random) => Partial<MinuteSignals>[]
}

const taught = new Map<string, Taught>()

beforeAll(async () => {
  const stages = await Promise.all(
    DEMO_PROVIDERS.map(async (provider, i) => {
      const sender = senderNamed(provider)
      if (sender === undefined) throw new Error(`no sender named ${provider}`)
      return Stage.open(provider, 'http://localhost:1/', `198.18.${i + 1}.10`, sender)
    }),
  )
  const usual = await rehearse(stages, 1, randomOf(1))
  for (const [i, { name }] of stages.entries()) {
    const own = usual.get(name)
    if (own === undefined) throw new Error(`${name} was not rehearsed`)
    const place = { esp: `198.18.${i + 1}.0/24`, attacker: '198.19.7.0/24', attackEveryMinutes: 4 }
    const memory = SourceMemory.begin(BEGIN, i)
    for (const [k, signals] of usualMinutes(own, place, BEGIN, TAUGHT_MINUTES, randomOf(i)).entries()) {
      memory.see(BEGIN + k, signals ?? undefined)
      memory.score(BEGIN + k)
    }
    memory.endTeaching()
    taught.set(name, {
      detectors: memory.encodeDetectors(),
      stored: JSON.stringify(memory.stored),
      hour: (random) => usualMinutes(own, place, NOW, 60, random).map((signals) => signals ?? {}),
    })
  }
}, 120_000)

/** Findings in an hour at a source. */
function findingsOf(
  name: string,
  seed: number,
  change: (minutes: Partial<MinuteSignals>[], random: Random) => (Partial<MinuteSignals> | undefined)[],
): Finding[] {
  const source = taught.get(name)
  if (source === undefined) throw new Error(`${name} was not taught`)
  const memory = new SourceMemory(JSON.parse(source.stored), () => source.detectors)
  const random = randomOf(seed)
  return change(source.hour(random), random).flatMap((signals, i) => {
    const minute = NOW + i
    const changes = [...memory.see(minute, signals), ...(memory.score(minute)?.changes ?? [])]
    return changes.flatMap((one) => (one.change === 'ended' ? [] : [one.finding]))
  })
}

describe.each(DEMO_PROVIDERS)('an hour of %s', (name) => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('on a busy machine raises nothing, seed %i', (seed) => {
    expect(findingsOf(name, seed, storedByBusyMachine)).toEqual([])
  })

  it('goes back no further than the watch, if something is found at once', () => {
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
    expect(found.filter(({ fromMinute }) => fromMinute < NOW)).toEqual([])
    expect(found.filter(({ evidence }) => evidence.includes('_'))).toEqual([])
  })
})
