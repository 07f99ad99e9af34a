/** The list of erasures in the registry: numbers, holds, what rests, the audit log, and another master key. */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../../../src/platform/sha256.ts'
import { WHO } from '../../support/who.ts'
import { type ClockedRegistry, NOW_MS, inRegistry } from '../support.ts'

const ADA = { person: 'ad'.repeat(16), address: 'ada@example.com' }
const GRACE = { person: '9a'.repeat(16), address: 'grace@example.com' }
const BECAUSE = { ...WHO, reason: `request 4711 of ${ADA.address}` }

const begin = async (registry: ClockedRegistry, who: typeof ADA, above = 0, keepsSuppression = true) => {
  const began = await registry.erasures.begin(
    { ...who, keepsSuppression, above, retentionVersion: 0 },
    BECAUSE,
  )
  if (!began.ok) throw new Error(began.code)
  return began
}

const storedOf = (registry: ClockedRegistry): string =>
  JSON.stringify(registry.rows('SELECT * FROM erasures'), (_key, value: unknown) =>
    value instanceof ArrayBuffer ? new TextDecoder('latin1').decode(value) : value,
  )

const linesOf = async (registry: ClockedRegistry) =>
  (await registry.audit.after(0, 500)).map(({ text }) => JSON.parse(text) as Record<string, unknown>)

describe('an erasure', () => {
  it('begins once while it is unfinished, also for two callers at once', () =>
    inRegistry(async (registry, restart) => {
      const [first, second] = await Promise.all([begin(registry, ADA), begin(registry, ADA, 7, false)])
      const erasure = { number: 1, ...ADA, erasedAtMs: NOW_MS, keepsSuppression: true }
      expect(first).toEqual({ ok: true, isNew: true, erasure })
      expect(second).toEqual({ ok: true, isNew: false, erasure })
      expect(await restart().erasures.unfinished(10)).toEqual([erasure])
      expect(await registry.erasures.newest()).toBe(1)
    }))

  it.each([
    ['the registry', 0, 2],
    ['the bucket or D1', 41, 42],
  ])('has a number greater than any that %s knows', (_where, above, number) =>
    inRegistry(async (registry) => {
      await begin(registry, ADA)
      expect((await begin(registry, GRACE, above)).erasure.number).toBe(number)
      expect((await registry.erasures.after(0, 10)).map((one) => one.number)).toEqual([1, number])
      expect(await registry.erasures.after(1, 1)).toEqual([
        { number, person: GRACE.person, erasedAtMs: NOW_MS, keepsSuppression: true },
      ])
    }),
  )

  it('is refused if retention changed after its holds were read', () =>
    inRegistry(async (registry) => {
      await registry.retention.put({ holds: [{ person: ADA.address, reason: 'dispute' }] }, WHO, null)
      const wanted = { ...ADA, keepsSuppression: false, above: 0, retentionVersion: 0 }
      expect(await registry.erasures.begin(wanted, WHO)).toEqual({ ok: false, code: 'retention_changed' })
      expect(await registry.erasures.newest()).toBe(0)
    }))

  it('keeps the address sealed, and forgets it when it is finished', () =>
    inRegistry(async (registry) => {
      await begin(registry, ADA)
      expect(storedOf(registry)).not.toContain(ADA.address)
      const finished = await registry.erasures.finish(1, 'a.b.c', NOW_MS + 5, WHO)
      expect(finished).toEqual({
        number: 1,
        person: ADA.person,
        erasedAtMs: NOW_MS,
        keepsSuppression: true,
        finishedAtMs: NOW_MS + 5,
        certificate: 'a.b.c',
      })
      expect(registry.rows('SELECT sealed_address FROM erasures')).toEqual([{ sealed_address: null }])
      // A second run that ends later has the first certificate.
      expect(await registry.erasures.finish(1, 'd.e.f', NOW_MS + 9, WHO)).toEqual(finished)
      expect(await registry.erasures.unfinished(10)).toEqual([])
      expect(await registry.erasures.find(1)).toEqual(finished)
      expect(await registry.erasures.before(2, 10)).toEqual([finished])
      expect(await registry.erasures.of(ADA.person)).toEqual([finished])
      expect(await registry.erasures.find(2)).toBeNull()
      expect(await registry.erasures.finish(2, 'a.b.c', NOW_MS, WHO)).toBeNull()
      expect((await begin(registry, ADA)).erasure.number).toBe(2)
    }))

  it('is in the audit log twice, without an address', () =>
    inRegistry(async (registry) => {
      await begin(registry, ADA)
      await registry.erasures.finish(1, 'a.b.c', NOW_MS, WHO)
      await registry.erasures.finish(1, 'a.b.c', NOW_MS, WHO)
      const lines = await linesOf(registry)
      expect(lines).toMatchObject([
        { action: 'erasure.began', target: `person/${ADA.person}`, after: { number: 1 } },
        {
          action: 'person.erased',
          target: `person/${ADA.person}`,
          after: { number: 1, certificate_sha256: await sha256Hex('a.b.c') },
        },
      ])
      expect(JSON.stringify(lines)).not.toContain(ADA.address)
    }))

  it('is adopted without an address, and once', () =>
    inRegistry(async (registry) => {
      await begin(registry, ADA)
      const known = { number: 1, person: GRACE.person, erasedAtMs: 5, keepsSuppression: false }
      const lost = { ...known, number: 4 }
      expect(await registry.erasures.adopt([known, lost])).toBe(1)
      expect(await registry.erasures.adopt([known, lost])).toBe(0)
      expect(
        (await registry.erasures.unfinished(10)).map(({ number, address }) => [number, address]),
      ).toEqual([
        [1, ADA.address],
        [4, null],
      ])
    }))

  it('can be opened after the master key was replaced', () =>
    inRegistry(async (registry, restart) => {
      await begin(registry, ADA)
      const old = env.MASTER_KEY ?? ''
      const next = `v2:${btoa('n'.repeat(32))}`
      const both = restart(`${next},${old}`)
      expect((await both.masterKeys.secretsByVersion()).secrets).toEqual({ 1: 1 })
      expect(await both.masterKeys.reseal()).toEqual({ resealed: 2, broken: 0 })
      expect(await both.masterKeys.reseal()).toEqual({ resealed: 0, broken: 0 })
      expect((await both.masterKeys.secretsByVersion()).secrets).toEqual({ 2: 1 })
      expect(await restart(next).erasures.unfinished(10)).toMatchObject([{ address: ADA.address }])
      // Under a key that is not configured, all but the address is known.
      const other = restart(`v3:${btoa('o'.repeat(32))}`)
      expect(await other.erasures.unfinished(10)).toMatchObject([{ number: 1, address: null }])
    }))
})
