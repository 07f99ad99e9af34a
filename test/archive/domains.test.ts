import { describe, expect, it } from 'vitest'
import { DOMAIN_MIN_PEOPLE, Domains } from '../../src/archive/domains.ts'
import { toHex } from '../../src/platform/bytes.ts'
import { people } from '../../src/store/people.ts'
import { inObject } from '../support/objects.ts'
import { MASTERS } from '../support/store.ts'

const PEOPLE = people(MASTERS)

/** Blind indexes are random. */
const indexes = (count: number): string[] =>
  Array.from({ length: count }, () => toHex(crypto.getRandomValues(new Uint8Array(16))))

/** @returns how many of these people came until the domain was named; Infinity if it was not */
async function namedAfter(domains: Domains, domain: string, of: readonly string[]): Promise<number> {
  const count = domains.begin()
  for (const [i, index] of of.entries())
    if (await count.mayName(domain, index)) {
      count.save()
      return i + 1
    }
  count.save()
  return Infinity
}

const stored = ({ storage }: DurableObjectState): Record<string, SqlStorageValue>[] =>
  storage.sql.exec('SELECT name, bits FROM domains').toArray()

describe('a domain', () => {
  it.each(['gmail.com', 'web.de'])('that is well known is named at once, and not stored: %s', (domain) =>
    inObject(async (state) => {
      expect(await namedAfter(new Domains(state.storage, PEOPLE), domain, indexes(1))).toBe(1)
      expect(stored(state)).toEqual([])
    }),
  )

  it('that about a thousand people have is named, also if they come in several files', () =>
    inObject(async ({ storage }) => {
      const [first, second] = [indexes(500), indexes(1_000)]
      expect(await namedAfter(new Domains(storage, PEOPLE), 'big.example', first)).toBe(Infinity)
      const more = await namedAfter(new Domains(storage, PEOPLE), 'big.example', second)
      expect(500 + more).toBeGreaterThan(0.85 * DOMAIN_MIN_PEOPLE)
      expect(500 + more).toBeLessThan(1.15 * DOMAIN_MIN_PEOPLE)
      expect(await namedAfter(new Domains(storage, PEOPLE), 'big.example', indexes(1))).toBe(1)
    }))

  it('counts each person once, and each domain for itself', () =>
    inObject(async ({ storage }) => {
      const domains = new Domains(storage, PEOPLE)
      const [one = ''] = indexes(1)
      expect(
        await namedAfter(
          domains,
          'one.example',
          Array.from({ length: 3_000 }, () => one),
        ),
      ).toBe(Infinity)
      expect(await namedAfter(domains, 'a.example', indexes(600))).toBe(Infinity)
      expect(await namedAfter(domains, 'b.example', indexes(600))).toBe(Infinity)
    }))

  it('that is empty is never named', () =>
    inObject(async ({ storage }) =>
      expect(await namedAfter(new Domains(storage, PEOPLE), '', indexes(1_500))).toBe(Infinity),
    ))

  it('is stored under a keyed hash alone, and only if a person is new', () =>
    inObject(async (state) => {
      const domains = new Domains(state.storage, PEOPLE)
      const people = indexes(3)
      await namedAfter(domains, 'small.example', people)
      const [row, ...others] = stored(state)
      expect(others).toEqual([])
      expect(row?.['name']).toMatch(/^[0-9a-f]{32}$/)
      expect(new Uint8Array((row?.['bits'] ?? null) as ArrayBuffer).length).toBeLessThanOrEqual(6)
      const before = state.storage.sql.exec('SELECT total_changes() AS n').one()['n']
      await namedAfter(domains, 'small.example', people)
      expect(state.storage.sql.exec('SELECT total_changes() AS n').one()['n']).toBe(before)
    }))
})
