import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withClients } from '../../src/simulator/client.ts'
import { lifecycleOf, someone } from '../../src/simulator/mail.ts'

const ALL = [
  'email.sent',
  'email.delivered',
  'email.deferred',
  'email.bounced',
  'email.opened',
  'email.clicked',
  'email.spam_reported',
  'email.unsubscribed',
  'email.unknown',
]
const BEFORE: Readonly<Record<string, readonly string[]>> = {
  'email.sent': [],
  'email.deferred': ['email.sent'],
  'email.delivered': ['email.sent'],
  'email.bounced': ['email.sent'],
  'email.opened': ['email.delivered'],
  'email.clicked': ['email.opened'],
  'email.spam_reported': ['email.delivered'],
  'email.unsubscribed': ['email.delivered'],
  'email.unknown': ['email.delivered'],
}

/** A random source that repeats a fixed sequence. */
const dice = (numbers: readonly number[]) => {
  let i = 0
  return () => numbers[i++ % numbers.length] ?? 0
}
const arbitraryDice = fc
  .array(fc.double({ min: 0, max: 0.999_999, noNaN: true }), { minLength: 1, maxLength: 20 })
  .map(dice)

describe('the lifecycle of a simulated message', () => {
  it('moves forward in time, each step after its prerequisite', () => {
    fc.assert(
      fc.property(arbitraryDice, (random) => {
        const life = lifecycleOf('m1', 'ada@example.com', 1_000, ALL, random)
        const kinds = life.map(({ kind }) => kind)
        for (const [i, { kind, occurredAtSeconds }] of life.entries()) {
          expect(occurredAtSeconds).toBeGreaterThanOrEqual(life[i - 1]?.occurredAtSeconds ?? 1_000)
          for (const needed of BEFORE[kind] ?? []) expect(kinds.slice(0, i)).toContain(needed)
        }
        expect(kinds[0]).toBe('email.sent')
      }),
    )
  })

  it('reports only kinds that the ESP supports', () => {
    fc.assert(
      fc.property(arbitraryDice, fc.subarray(ALL), (random, kinds) => {
        for (const { kind } of lifecycleOf('m1', 'ada@example.com', 0, kinds, random))
          expect(kinds).toContain(kind)
      }),
    )
  })

  it('reaches every possible end', () => {
    const seen = new Set<string>()
    for (let n = 0; n < 20_000; n++)
      for (const { kind, bounce } of lifecycleOf('m', 'a@example.com', 0, ALL, Math.random))
        seen.add(`${kind} ${bounce ?? ''}`.trim())
    expect([...seen].toSorted()).toEqual(
      [
        ...ALL.filter((kind) => kind !== 'email.bounced'),
        'email.bounced hard',
        'email.bounced soft',
      ].toSorted(),
    )
  })

  it('uses recipients at domains reserved for examples (RFC 2606), and names that well-known providers do not give', () => {
    fc.assert(
      fc.property(arbitraryDice, (random) => {
        expect(someone(random)).toMatch(
          /^(?:[a-z]+\.\d{1,2}@example\.(?:com|net|org)|\d{1,2}-[a-z]+@(?:gmail|outlook)\.com)$/,
        )
      }),
    )
  })
})

describe('whoever opens and clicks', () => {
  const life = () => lifecycleOf('m1', 'ada@example.com', 1_000, ALL, Math.random)

  it('is a person of one address, and sometimes a machine before or after her', () => {
    const seen = new Map<string, string>()
    for (let n = 0; n < 2_000; n++)
      for (const { kind, client } of withClients(life(), ALL, Math.random))
        if (client !== undefined) seen.set(`${kind} ${client.isMachine}`, client.ip)
    for (const kind of ['email.opened', 'email.clicked'])
      for (const isMachine of [true, false]) expect(seen.keys()).toContain(`${kind} ${isMachine}`)
    expect(seen.get('email.opened false')).toBe(seen.get('email.clicked false'))
  })

  it('stays in order of time, and among the kinds that the ESP reports', () => {
    fc.assert(
      fc.property(arbitraryDice, fc.subarray(ALL), (random, kinds) => {
        const all = withClients(lifecycleOf('m1', 'a@example.com', 0, kinds, random), kinds, random)
        for (const [i, { kind, occurredAtSeconds }] of all.entries()) {
          expect(kinds).toContain(kind)
          expect(occurredAtSeconds).toBeGreaterThanOrEqual(all[i - 1]?.occurredAtSeconds ?? 0)
        }
      }),
    )
  })
})
