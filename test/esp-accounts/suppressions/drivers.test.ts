/** The lists of all ESPs are made the same as the own one, by one suite. `test/drivers` has the drivers alone. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Suppressed } from '../../../src/drivers/driver.ts'
import { driverOf } from '../../../src/drivers/index.ts'
import { storedOf } from '../../../src/esp-accounts/suppressions/compare.ts'
import { importSuppressions } from '../../../src/store/import-suppressions.ts'
import { findSuppression, removeSuppression } from '../../../src/store/suppressions.ts'
import { FAKES } from '../../drivers/fakes/index.ts'
import { DAY_MS, START_MS, type Sync, figures, ours, theirs, worldOf } from './world.ts'

const rows = FAKES.flatMap((fake) => {
  const driver = driverOf(fake.provider)?.suppressions
  return driver === undefined ? [] : [{ name: fake.provider, fake, driver }]
})

/** More than a page of those whose pages are small, less than Mandrill gives. */
const COMMON = 220
const ALL = { isRun: true, take: true, send: true } as const
/** Kinds that are left for good. */
const LEFT = ['same', 'ended_here', 'unsendable']

it('has all that list suppressions', () => {
  expect(rows).toHaveLength(9)
})

describe.each(rows)('suppressions of $name', ({ fake, driver }) => {
  let world: Awaited<ReturnType<typeof worldOf>>
  beforeEach(async () => void (world = await worldOf(fake)))

  /** Entries of all reasons and scopes of the ESP, one each. */
  const kinds: readonly Pick<Suppressed, 'reason' | 'scope'>[] = driver.reasons.flatMap((reason) =>
    (fake.scopes?.[reason] ?? [null]).map((scope) => ({ reason, scope })),
  )
  const ofEachKind = (name: (i: number) => string) => kinds.map((kind, i) => theirs(name(i), kind))
  const imported = (entries: readonly Suppressed[]) =>
    importSuppressions(
      world.store,
      entries.map((entry) => ours(entry.address, { reason: storedOf(entry) })),
      world.nowMs,
    )
  const found = (address: string, scope: string | null) =>
    findSuppression(world.store, address, world.nowMs, scope)
  const listed = (address: string) =>
    world.esp.suppressed.filter((one) => one.address.toLowerCase() === address.toLowerCase())
  const wereOnlyRead = (from: number) =>
    world.calls.slice(from).every(({ method, url }) => method === 'GET' || url.endsWith('/rejects/list'))

  const common = Array.from({ length: COMMON }, (_, i) =>
    theirs(`both${i}@example.com`, kinds[i % kinds.length]),
  )
  const there = ofEachKind((i) => `There+${i}@Example.com`)
  const here = ofEachKind((i) => `here+${i}@example.com`)
  const lifted = ofEachKind((i) => `Lifted+${i}@Example.com`)
  /** For all mail here, whether or not the ESP has such a list. */
  const forAllMail = (['hard_bounce', 'spam_report', 'unsubscribe', 'manual'] as const).map((reason, i) =>
    theirs(`all${i}@example.com`, { reason }),
  )

  async function fill() {
    world.esp.suppressed.push(...common, ...there, ...lifted, theirs('ADA+News@Example.COM', kinds[0]))
    await imported([...common, ...here, ...lifted, ...forAllMail, theirs('ada+news@example.com', kinds[0])])
    for (const { address, scope } of lifted) {
      await removeSuppression(world.store, address, world.nowMs, null, scope)
      await removeSuppression(world.store, address, world.nowMs)
    }
  }

  const isSent = ({ reason }: Suppressed) => driver.adds.includes(reason) || driver.adds.includes('manual')
  const unsent = [...here, ...forAllMail].filter((one) => !isSent(one)).length
  const PLAN = Object.fromEntries(
    Object.entries({
      same: COMMON + 1,
      only_there: there.length,
      ended_here: lifted.length,
      only_here: here.length + forAllMail.length - unsent,
      unsendable: unsent,
    }).filter(([, count]) => count > 0),
  )

  async function expectAllTheSame({ sync }: Sync) {
    const before = world.calls.length
    const again = await sync(ALL)
    expect([again.state, Object.keys(figures(again)).filter((kind) => !LEFT.includes(kind))]).toEqual([
      'done',
      [],
    ])
    expect(wereOnlyRead(before)).toBe(true)
  }

  it('are compared, taken in and sent, and then differ in nothing but what was lifted here', async () => {
    await fill()
    await world.inSync(async (on) => {
      const before = world.esp.suppressed.length
      expect(figures(await on.sync({ isRun: false }))).toEqual(PLAN)
      expect([world.esp.suppressed.length, wereOnlyRead(0)]).toEqual([before, true])

      const run = await on.sync(ALL)
      expect(run.state).toBe('done')
      expect(
        run.counts.filter(
          ({ kind, count, done }) => done !== (kind === 'same' || LEFT.includes(kind) ? 0 : count),
        ),
      ).toEqual([])
      for (const { address, reason, scope } of there) {
        const { reasons = [] } = (await found(address, scope)) ?? {}
        expect(reasons.map((one) => [one.reason, one.scope, one.source])).toEqual([
          [reason, storedOf({ reason, scope }).includes(':') ? scope : null, 'shop'],
        ])
      }
      for (const entry of [...here, ...forAllMail])
        expect([entry.reason, listed(entry.address).length > 0]).toEqual([entry.reason, isSent(entry)])
      for (const entry of lifted)
        expect([entry.reason, listed(entry.address).length > 0]).toEqual([entry.reason, true])
      await expectAllTheSame(on)
    })
  })

  it('of which new ones come while they are read are the same after another run', async () => {
    await fill()
    let more = 0
    world.answer = (request) => {
      if (more < 5) world.esp.suppressed.unshift(theirs(`new${more++}@example.com`, kinds[0]))
      return world.esp.answer(request)
    }
    await world.inSync(async (on) => {
      for (let runs = 0; runs < 4; runs++) await on.sync(ALL)
      await expectAllTheSame(on)
      for (let i = 0; i < more; i++)
        expect(await found(`new${i}@example.com`, kinds[0]?.scope ?? null)).toBeDefined()
    })
  })

  it.each([2, 5, 9])('whose key is refused at request %i go on where it was', async (at) => {
    await fill()
    await world.inSync(async (on) => {
      world.answer = (request) =>
        world.calls.length === at ? Response.json({}, { status: 401 }) : world.esp.answer(request)
      const stopped = await on.sync(ALL)
      if (world.calls.length >= at)
        expect([stopped.state, stopped.stopped?.code]).toEqual(['stopped', 'key_refused'])
      world.answer = world.esp.answer
      expect((await on.sync(ALL)).state).toBe('done')
      await expectAllTheSame(on)
    })
  })

  it('do not come back after they were sent and then lifted', async () => {
    await imported(forAllMail)
    await world.inSync(async (on) => {
      await on.sync({ isRun: true, send: true })
      // The ESP dates what it was sent.
      for (const [i, entry] of world.esp.suppressed.entries())
        world.esp.suppressed[i] = { ...entry, atMs: START_MS }
      world.nowMs += DAY_MS
      for (const { address } of forAllMail) await removeSuppression(world.store, address, world.nowMs)
      await on.sync({ isRun: true, take: true })
      for (const { address } of forAllMail) expect((await found(address, null))?.reasons ?? []).toEqual([])
    })
  })
})
