/** Bad input and bad clocks for the watch of a source: no exception, bounded memory, no page. */
import { LACKS, type Lacking } from '../../src/event/lack.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MinuteSignals } from '../../src/watch/signals/signals.ts'
import { type SourceWatch, newSourceWatch } from '../../src/watch/source-watch.ts'
import { BEGIN, NOW, calmMinute, calmWatch, play, raisedIn, seeMinute } from './support/calm.ts'

/** Bytes of a state that one source may take. */
const STATE_MAX_BYTES = 40 * 1024
const bytesOf = (state: object): number => JSON.stringify(state).length

describe('a clock', () => {
  it.each<[string, (minute: number) => number]>([
    ['jumps a year ahead', (minute) => minute + 525_600],
    ['jumps a day ahead', (minute) => minute + 1440],
    ['is set back by a day', (minute) => minute - 1440],
    ['is set back by years', (minute) => minute - 2_000_000],
    ['says the same minute for hours', () => NOW],
  ])('that %s raises nothing', (_, said) => {
    const watch = calmWatch()
    const before = raisedIn(play(watch, NOW, 30, calmMinute))
    const changes = []
    for (let minute = NOW + 30; minute < NOW + 600; minute += 1)
      changes.push(...seeMinute(watch, said(minute), calmMinute(minute)))
    expect([before, raisedIn(changes)]).toEqual([[], []])
    expect(bytesOf(watch)).toBeLessThan(STATE_MAX_BYTES)
  })

  it('that jumps ahead and back raises nothing', () => {
    const watch = calmWatch()
    const changes = Array.from({ length: 400 }, (_, i) =>
      seeMinute(watch, NOW + i + (i % 50 === 0 ? 100_000 : 0), calmMinute(NOW + i)),
    )
    expect(raisedIn(changes.flat())).toEqual([])
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -5, 1.5])('that says %s is not believed', (minute) => {
    const watch = calmWatch()
    const before = JSON.stringify(watch)
    expect(seeMinute(watch, minute, calmMinute(0))).toEqual([])
    expect(JSON.stringify(watch)).toBe(before)
  })
})

describe('minutes that come twice or late', () => {
  it('count once', () => {
    const twice = calmWatch()
    const once = calmWatch()
    for (let minute = NOW; minute < NOW + 100; minute += 1) {
      seeMinute(once, minute, calmMinute(minute))
      seeMinute(twice, minute, calmMinute(minute))
      seeMinute(twice, minute, calmMinute(minute))
      seeMinute(twice, minute - 30, calmMinute(minute))
    }
    expect(twice).toEqual(once)
  })
})

describe('a gap in which the watch was down', () => {
  it('is no silence of the source', () => {
    const watch = calmWatch()
    expect(raisedIn(play(watch, NOW + 300, 200, calmMinute))).toEqual([])
  })
})

describe('a source that is deleted and made again', () => {
  it('learns anew and raises nothing', () => {
    expect(raisedIn(play(newSourceWatch(NOW), NOW, 3000, calmMinute))).toEqual([])
  })
})

describe('a hostile minute', () => {
  const networks = Object.fromEntries(
    Array.from({ length: 100_000 }, (_, i) => [`10.${i >> 8}.${i & 255}.0/24`, 1]),
  )
  it.each<[string, Partial<MinuteSignals>]>([
    ['numbers that are none', { accepted: Number.NaN, duplicates: Number.POSITIVE_INFINITY, quarantined: -1, lagSeconds: Number.NaN, bodyBytes: Number.POSITIVE_INFINITY, events: { 'email.delivered': Number.NaN } }],
    ['a count beyond all', { accepted: Number.NaN, events: { 'email.unknown': Number.NEGATIVE_INFINITY } }],
    ['names that every object has', JSON.parse('{"nativeTypes": {"__proto__": 1, "constructor": 1}, "networks": {"__proto__": 1}}') as object],
    ['nulls', { events: null, networks: null, refused: null } as unknown as Partial<MinuteSignals>],
    ['rows that are none', { refused: [null, 5, {}, { code: 7 }] as unknown as MinuteSignals['refused'] }],
  ])('with %s raises nothing', (_, signals) => {
    const watch = calmWatch()
    const changes = play(watch, NOW, 120, (minute) => (minute % 2 === 0 ? signals : calmMinute(minute)))
    expect(raisedIn(changes)).toEqual([])
    expect(({} as Record<string, unknown>)['last']).toBeUndefined()
  }) // prettier-ignore

  it.each<[string, (i: number) => string]>([
    ['short', (i) => `t${i}`],
    ['long', (i) => `${i}`.padEnd(200, 'x')],
    ['of control characters', (i) => `${i}`.padEnd(64, '\u0001')],
    ['of other scripts', (i) => `${i}`.padEnd(64, '\u{1f4e7}')],
  ])('with a hundred thousand networks and types that are %s stays small', (_, typeOf) => {
    const watch = calmWatch()
    const defects = Array.from({ length: 64 }, (_unused, i): Lacking => ({
      provider: 'ESP',
      type: typeOf(i),
      lack: LACKS[i % LACKS.length] ?? 'form',
      count: 5,
      example: 'x'.repeat(1_500),
    }))
    const refused = Object.keys(networks).map((network, i) => ({
      code: 'signature_mismatch',
      network,
      asn: i,
      count: 1,
    }))
    play(watch, NOW, 3, (minute) => ({
      ...calmMinute(minute),
      networks,
      nativeTypes: Object.fromEntries(
        Array.from({ length: 64 }, (_unused, i) => [typeOf(minute * 64 + i), 1]),
      ),
      failedChecks: networks,
      defects,
      refused,
    }))
    expect(new TextEncoder().encode(JSON.stringify(watch)).length).toBeLessThan(STATE_MAX_BYTES)
  })

  it('of any form does not throw', () => {
    const counts = fc.dictionary(fc.string(), fc.double())
    const number = fc.oneof(fc.double(), fc.integer(), fc.constant(null), fc.string())
    const signals = fc.record(
      {
        accepted: number, duplicates: number, quarantined: number, lagSeconds: number, bodyBytes: number,
        events: counts, nativeTypes: counts, networks: counts, failedChecks: counts,
        defects: fc.array(fc.record({ provider: fc.string(), type: fc.string(), lack: fc.constantFrom(...LACKS, ''), count: fc.double(), example: fc.string() })),
        refused: fc.array(fc.record({ code: fc.string(), network: fc.string(), asn: fc.integer(), count: fc.double() })),
      },
      { requiredKeys: [] },
    ) // prettier-ignore
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -100, max: 100 }), signals), { maxLength: 20 }),
        (minutes) => {
          const watch = newSourceWatch(BEGIN)
          for (const [at, one] of minutes) seeMinute(watch, BEGIN + at, one as Partial<MinuteSignals>)
          // JSON has no NaN, so it would come back as null.
          expect(JSON.parse(JSON.stringify(watch))).toEqual(watch)
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('a state', () => {
  const attack = (minute: number): Partial<MinuteSignals> | undefined =>
    minute < NOW + 60 ? undefined : { ...calmMinute(minute), duplicates: 2, lagSeconds: 600 }

  it('survives eviction in the middle of an attack', () => {
    const evicted = () => {
      let watch = calmWatch()
      const changes = []
      for (let minute = NOW; minute < NOW + 300; minute += 1) {
        watch = JSON.parse(JSON.stringify(watch)) as SourceWatch
        changes.push(...seeMinute(watch, minute, attack(minute)))
      }
      return changes
    }
    expect(evicted()).toEqual(play(calmWatch(), NOW, 300, attack))
  })

  it('gets a pattern that is new', () => {
    const watch = calmWatch()
    delete watch.patterns['token_reuse']
    const changes = play(watch, NOW, 2, (minute) => ({
      ...calmMinute(minute),
      refused: [{ code: 'token_reused', network: null, asn: null, count: 1 }],
    }))
    expect(raisedIn(changes)).toEqual(['token_reuse critical token_reused'])
  })

  it('is small', () => expect(bytesOf(calmWatch())).toBeLessThan(STATE_MAX_BYTES))
})
