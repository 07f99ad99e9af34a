import { describe, expect, it } from 'vitest'
import type { MaintenanceReport } from '../../../src/registry/rotation/contract.ts'
import { WHO } from '../../support/who.ts'
import { type ClockedRegistry, DAY_MS, inRegistry, statesOf, withSource } from '../support.ts'
import { activate, rotate } from '../../support/secrets.ts'

const SECRET = 'a-secret-of-the-schedule-test'
const PUBLIC_KEY =
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWbU9cqu6+09xzOqT7Axkk53bu8QQiyimEVlly0EP9DUKA0+38xTt/gP8mGTMWgLG8tf3V/y81BwNU/OZhTFxiQ=='
const GENERIC = { provider: 'generic', rotateEveryDays: 30, secrets: { hmac: SECRET } }
const SENDGRID = { provider: 'sendgrid', rotateEveryDays: 30, secrets: { public_key: PUBLIC_KEY } }

const SCHEDULE = { ...WHO, actor: 'schedule' }
const run = (registry: ClockedRegistry) => registry.secrets.rotateDue('', SCHEDULE)
const said = (reports: readonly MaintenanceReport[]) =>
  reports.map(({ slot, state, version }) => `${slot} ${state} ${version ?? '-'}`)

describe('the scheduled run', () => {
  it('sets the alarm of the registry, in case the platform has lost it', () =>
    inRegistry(async (registry, _restart, { storage }) => {
      await storage.deleteAlarm()
      await run(registry)
      expect(await registry.alarmAt()).not.toBeNull()
    }))

  const WHEN: readonly [
    string,
    Record<string, unknown>,
    days: number,
    reports: string[],
    states: string[],
  ][] = [
    ['leaves a fresh secret alone', GENERIC, 29.9, [], ['hmac/1 active']],
    [
      'makes a value when one of ours is due',
      GENERIC,
      30,
      ['hmac waiting 2'],
      ['hmac/1 active', 'hmac/2 pending'],
    ],
    ['says nothing yet of an ESP’s', SENDGRID, 22.9, [], ['public_key/1 active']],
    ['gives notice of an ESP’s', SENDGRID, 23, ['public_key soon -'], ['public_key/1 active']],
    ['says when an ESP’s is due', SENDGRID, 31, ['public_key due -'], ['public_key/1 active']],
    ['goes by the source’s own period', { ...GENERIC, rotateEveryDays: 90 }, 89, [], ['hmac/1 active']],
    ['is off where the source says so', { ...GENERIC, rotateEveryDays: null }, 3_000, [], ['hmac/1 active']],
    [
      'knows what is no secret',
      { provider: 'ses', secrets: { topic_arns: 'arn:aws:sns:eu-west-1:123456789012:bounces' } },
      300,
      [],
      ['topic_arns/1 active'],
    ],
  ]

  it.each(WHEN)('%s', (_what, document, days, reports, states) =>
    withSource(document, async (registry) => {
      registry.world.clock += days * DAY_MS
      expect(said((await run(registry)).reports)).toEqual(reports)
      expect(await statesOf(registry)).toEqual(states)
    }),
  )

  it('repeated generates no second value, and reports the pending one', () =>
    withSource(GENERIC, async (registry, restart) => {
      registry.world.clock += 30 * DAY_MS
      await run(registry)
      const after = restart()
      const lines = after.rows('SELECT seq FROM audit').length
      expect(said((await run(after)).reports)).toEqual(['hmac waiting -'])
      expect(await statesOf(after)).toEqual(['hmac/1 active', 'hmac/2 pending'])
      expect(after.rows('SELECT seq FROM audit')).toHaveLength(lines)
    }))

  it('revokes values whose time is over, and deletes expired links', () =>
    withSource(GENERIC, async (registry) => {
      const link = { sha256: 'c3'.repeat(32), lifeSeconds: 60 }
      await rotate(registry, 'shop', { slot: 'hmac', emergency: true, link }, WHO)
      await rotate(
        registry,
        'shop',
        { slot: 'hmac', value: 'another-secret-of-the-schedule', graceSeconds: 60 },
        WHO,
      )
      registry.world.clock += 60_000
      expect(await run(registry)).toMatchObject({ swept: 1, reports: [], next: null })
      expect(registry.rows('SELECT version FROM secrets WHERE sealed IS NOT NULL')).toEqual([{ version: 3 }])
      expect(registry.rows('SELECT * FROM links')).toEqual([])
      expect(await run(registry)).toMatchObject({ swept: 0 })
    }))

  it('counts from the last activation', () =>
    withSource(GENERIC, async (registry) => {
      registry.world.clock += 30 * DAY_MS
      await run(registry)
      await activate(registry, 'shop', 'hmac', 2, 0, WHO)
      registry.world.clock += 29 * DAY_MS
      expect((await run(registry)).reports).toEqual([])
      registry.world.clock += DAY_MS
      expect(said((await run(registry)).reports)).toEqual(['hmac waiting 3'])
    }))

  it('skips a secret that no master key opens, and reports it', () =>
    withSource(GENERIC, async (registry) => {
      await registry.sources.put('zoo', GENERIC, WHO, null)
      registry.rows(`UPDATE secrets SET sealed = x'01' || randomblob(60) WHERE source = 'shop'`)
      registry.world.clock += 30 * DAY_MS
      const { reports } = await run(registry)
      expect(reports.map(({ source, version, problem }) => [source, version, problem])).toEqual([
        ['shop', null, 'secret_unreadable'],
        ['zoo', 2, null],
      ])
    }))

  it('handles every source, page by page', () =>
    withSource(GENERIC, async (registry) => {
      const names = Array.from({ length: 230 }, (_, i) => `source-${String(i).padStart(3, '0')}`)
      for (const name of names) await registry.sources.put(name, GENERIC, WHO, null)
      registry.world.clock += 30 * DAY_MS
      const seen: string[] = []
      let pages = 0
      for (let after: string | null = ''; after !== null; pages++) {
        const page: Awaited<ReturnType<typeof run>> = await registry.secrets.rotateDue(after, SCHEDULE)
        seen.push(...page.reports.map(({ source }) => source))
        after = page.next
      }
      expect(seen).toEqual(['shop', ...names].sort())
      expect(pages).toBe(3)
    }))
})
