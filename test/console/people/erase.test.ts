/** Erasures by the API and by the job: a plan, refusals, certificates, deaths at any call, and a registry that was lost. */
import { env } from 'cloudflare:workers'
import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { finishErasures } from '../../../src/console/jobs.ts'
import { beginErasure, erasureAnswer, goOn } from '../../../src/console/people/erase.ts'
import { adoptErasures } from '../../../src/console/people/erasure-copies.ts'
import type { RequestContext } from '../../../src/console/request-context.ts'
import { sha256Hex } from '../../../src/platform/sha256.ts'
import { sealer } from '../../../src/platform/seal.ts'
import { personOf } from '../../../src/store/keys.ts'
import { ErasuresPending } from '../../../src/store/erasures/ensure.ts'
import type { Store } from '../../../src/store/store.ts'
import { addSuppression, findSuppression } from '../../../src/store/suppressions.ts'
import { destinationObjects } from '../../support/destinations.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { deliveryFacts, mailEvent, quarantinedItem } from '../../support/mail-events.ts'
import { putIntoQuarantine } from '../../support/quarantine.ts'
import { MASTERS, countOf, emptyStore, rowsOf } from '../../support/store.ts'
import { holder } from '../credentials.ts'
import { NOW_MS, dyingAt, emptyBuckets, retentionWorld } from '../retention/world.ts'
import { newConsole } from '../support.ts'

let store: Store

beforeEach(async () => {
  store = await emptyStore()
  await emptyBuckets()
})

const ADA = 'ada@example.com'
const NOBODY = 'nobody@example.com'
const REASON = { 'x-reason': 'request 4711' }
const ERASE = '/api/people/erase'

/** The line of a certificate about the suppression that stays. */
const KEPT = expect.objectContaining({ what: expect.stringContaining('under a keyed hash'), until: null })

const known = async () => {
  await personOf(store, ADA)
  await addSuppression(store, ADA, 'asked by phone', NOW_MS - 1_000)
}

/** A context of its own registry. */
const worldOf = (changes: Partial<RequestContext> = {}) => {
  const world = retentionWorld(store, {
    queueSealer: sealer(MASTERS, 'queue'),
    reportUnavailable: () => undefined,
    ...changes,
  })
  const sought = async () => ({ index: await store.people.indexOf(ADA), address: ADA })
  const begin = async (keeps = false) => {
    const erasure = await beginErasure(world.context, await sought(), keeps)
    if (erasure === 'held') throw new Error('held')
    return erasure
  }
  return { ...world, sought, begin, unfinished: () => world.context.registry.erasures.unfinished(10) }
}

describe('the API', () => {
  it('plans without changing anything', async () => {
    const here = newConsole()
    await known()
    const operator = await holder(here, 'operator')
    const { json } = await operator.send('POST', ERASE, { address: `Ada <${ADA.toUpperCase()}>`, plan: true })
    expect(json).toMatchObject({ state: 'planned', filters: [] })
    expect(json['places']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ place: 'key', count: 1 }),
        expect.objectContaining({ place: 'suppressions', count: 1 }),
      ]),
    )
    expect(await findSuppression(store, ADA, 0)).toBeDefined()
    expect((await here.api('GET', '/api/people/erasures')).json['erasures']).toEqual([])
    const { json: audit } = await here.api('GET', '/api/audit?limit=1')
    const target = `person/${await store.people.indexOf(ADA)}`
    expect(audit['entries']).toMatchObject([{ action: 'person.shown', target, after: { plan: 'erase' } }])
  })

  it('names what could not be searched, in the plan and in the certificate', async () => {
    const here = newConsole()
    const crowd = Array.from({ length: 3_000 }, (_, i) => `${i}@b.io`).join()
    await putIntoQuarantine(store, quarantinedItem(crowd), deliveryFacts())
    const caller = await holder(here, 'operator')
    const planned = await caller.send('POST', ERASE, { address: NOBODY, plan: true })
    const erased = await caller.send('POST', ERASE, { address: NOBODY }, REASON)
    const [entry] = await rowsOf('SELECT id FROM quarantine')
    const named = expect.objectContaining({
      what: expect.stringMatching(`^Deliveries in quarantine .*: ${String(entry?.['id'])}$`),
    })
    expect(planned.json['remains']).toContainEqual(named)
    expect(decodeJwt(String(erased.json['certificate']))['remains']).toContainEqual(named)
    expect(JSON.stringify(planned.json['remains'])).not.toContain('Dead letters that')
  })

  it('names destinations whose filter names the person', async () => {
    const here = newConsole()
    const filter = (value: string) => ({ where: { $or: [{ recipient: value }, { type: 'x' }] } })
    for (const [name, value] of [
      ['hers', 'Ada@Example.com'],
      ['other', NOBODY],
    ] as const) {
      const put = await here.api('PUT', `/api/destinations/${name}`, {
        url: 'https://app.example.com/',
        filter: filter(value),
      })
      expect(put.status).toBe(201)
    }
    const { json } = await here.api('POST', ERASE, { address: ADA, plan: true })
    expect(json['filters']).toEqual(['hers'])
  })

  it('erases, gives a certificate, and says so in the audit log without naming anybody', async () => {
    const here = newConsole()
    await known()
    const operator = await holder(here, 'operator')
    const erased = await operator.send('POST', ERASE, { address: ADA }, REASON)
    expect(erased).toMatchObject({ status: 200, json: { state: 'finished', keeps_suppression: true } })
    const certificate = String(erased.json['certificate'])
    const { number, person } = erased.json
    expect(decodeJwt(certificate)).toMatchObject({
      type: 'postern-erasure',
      number,
      person,
      keeps_suppression: true,
      destroyed: expect.arrayContaining([
        expect.objectContaining({ place: 'key' }),
        { place: 'suppressions', what: expect.stringContaining('except for what is kept') },
      ]),
      remains: expect.arrayContaining([
        expect.objectContaining({ what: expect.stringContaining('Time Travel') }),
        KEPT,
      ]),
    })
    expect(await here.api('GET', `/api/people/erasures/${String(number)}`)).toMatchObject({
      json: erased.json,
    })
    expect(await countOf('recipients')).toBe(0)
    expect(await findSuppression(store, ADA, 0)).toMatchObject({
      reasons: [{ reason: 'manual', note: null }],
    })

    const { json } = await here.api('GET', '/api/audit?limit=2')
    const target = `person/${await store.people.indexOf(ADA)}`
    expect(json['entries']).toMatchObject([
      { action: 'person.erased', target, after: { certificate_sha256: await sha256Hex(certificate) } },
      { action: 'erasure.began', target, reason: 'request 4711' },
    ])
    expect(JSON.stringify([json, erased.json, decodeJwt(certificate)])).not.toContain('ada@')
  })

  it.each([
    ['at once', [false]],
    ['after an erasure that kept it', [undefined, false]],
  ])('forgets the suppression as well, %s', async (_when, answers) => {
    await known()
    const operator = await holder(newConsole(), 'operator')
    let certificate = ''
    for (const keep_suppression of answers) {
      const { json } = await operator.send('POST', ERASE, { address: ADA, keep_suppression }, REASON)
      certificate = String(json['certificate'])
    }
    expect(await findSuppression(store, ADA, 0)).toBeUndefined()
    expect(decodeJwt(certificate)).toMatchObject({ keeps_suppression: false })
    expect(decodeJwt(certificate)['remains']).not.toContainEqual(KEPT)
  })

  it('gives an address that nobody knows the same certificate', async () => {
    const here = newConsole()
    await known()
    const payloads: string[] = []
    for (const address of [ADA, NOBODY]) {
      const { json } = await (await holder(here, 'operator')).send('POST', ERASE, { address }, REASON)
      const { number: _number, person: _person, ...same } = decodeJwt(String(json['certificate']))
      payloads.push(JSON.stringify(same).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'a time'))
    }
    expect(payloads[1]).toBe(payloads[0])
  })

  it.each([
    ['a viewer', 'viewer', undefined, { address: ADA }, REASON, 403, 'role_too_low'],
    ['a token for some sources', 'operator', ['shop'], { address: ADA }, REASON, 403, 'scope_too_narrow'],
    ['a malformed address', 'operator', undefined, { address: 'ada' }, REASON, 422, 'body_invalid'],
    ['no reason', 'operator', undefined, { address: ADA }, {}, 400, 'reason_needed'],
  ] as const)('refuses %s', async (_what, role, sources, body, headers, status, code) => {
    const here = newConsole()
    await known()
    const caller = await holder(here, role, sources)
    expect(await caller.send('POST', ERASE, body, headers)).toMatchObject({ status, json: { code } })
    expect(await countOf('recipients')).toBe(1)
  })

  const BOUNCE = { type: 'email.bounced', bounce_type: 'soft', recipient: ADA, atMs: NOW_MS } as const
  /** Later than the erasures of earlier rows, on any day. */
  const justNow = () => new Date(Date.now() - 1).toISOString()

  it.each([
    ['with a name', 'Grace <grace@example.com>'],
    ['in brackets', '<grace@example.com>'],
    ['in a list', 'bob@example.com, grace@example.com'],
    ['in a list without blanks', 'grace@example.com;bob@example.com'],
    ['in quotes', '"grace@example.com"'],
    ['as a link', 'mailto:grace@example.com'],
  ])('erases a person whose recipient stands %s', async (_how, recipient) => {
    const here = newConsole()
    const event = await mailEvent({ ...BOUNCE, recipient, received_at: justNow(), reason: 'no grace' })
    await here.api('GET', '/api/suppressions')
    await consumeEvents(consumerDeps(store), [event])
    expect(await countOf('recipients')).toBe(1)
    const caller = await holder(here, 'operator')
    const address = 'grace@example.com'
    const planned = await caller.send('POST', ERASE, { address, plan: true })
    expect(planned.json['places']).toContainEqual(expect.objectContaining({ place: 'events', count: 1 }))
    const erased = await caller.send('POST', ERASE, { address }, REASON)
    expect(erased).toMatchObject({ status: 200, json: { state: 'finished' } })
    expect(await countOf('recipients')).toBe(0)
    const index = await store.people.indexOf(recipient)
    expect(JSON.stringify(await rowsOf('SELECT contents FROM segments'))).not.toContain(index)
    const { json } = await here.api('GET', '/api/people/erasures')
    const [own, other] = json['erasures'] as object[]
    expect([own, other]).toMatchObject([{ state: 'finished' }, { state: 'finished' }])
  })

  it('refuses a person in a list with somebody who is held', async () => {
    const here = newConsole()
    await consumeEvents(consumerDeps(store), [
      await mailEvent({ ...BOUNCE, recipient: 'eve@example.com, ken@example.com' }),
    ])
    const holds = [{ person: 'ken@example.com', reason: 'dispute 4711' }]
    expect((await here.api('PUT', '/api/retention', { holds })).status).toBe(200)
    const caller = await holder(here, 'operator')
    expect(await caller.send('POST', ERASE, { address: 'eve@example.com' }, REASON)).toMatchObject({
      status: 409,
    })
    const admin = await holder(here, 'admin')
    expect(await admin.send('PUT', '/api/retention', { holds: [] }, REASON)).toMatchObject({ status: 200 })
  })

  const quarantined = () =>
    putIntoQuarantine(store, quarantinedItem(`{"to":"${ADA}"}`), deliveryFacts({ received_at: justNow() }))

  it.each([
    ['names the person', { person: 'ADA@example.com' }, known, true],
    ['names the person', { person: 'ADA@example.com' }, known, false],
    [
      'names the source of an event',
      { source: 'shop' },
      async () =>
        consumeEvents(consumerDeps(store), [await mailEvent({ ...BOUNCE, received_at: justNow() })]),
      true,
    ],
    [
      'names the source of an event',
      { source: 'shop' },
      async () =>
        consumeEvents(consumerDeps(store), [await mailEvent({ ...BOUNCE, received_at: justNow() })]),
      false,
    ],
    ['names the source of an entry in quarantine', { source: 'shop' }, quarantined, false],
  ] as const)('refuses a person if a hold %s (%j)', async (_what, hold, first, plan) => {
    const here = newConsole()
    // Erasures of other tests are done again in the store that was emptied.
    await here.api('GET', '/api/suppressions')
    await first()
    const people = await countOf('recipients')
    const holds = [{ ...hold, reason: 'dispute 4711' }]
    expect((await here.api('PUT', '/api/retention', { holds })).status).toBe(200)
    const caller = await holder(here, 'operator')
    expect(await caller.send('POST', ERASE, { address: ADA, plan }, REASON)).toMatchObject({
      status: 409,
      json: { code: 'person_held' },
    })
    expect(await countOf('recipients')).toBe(people)
    expect(await caller.send('POST', ERASE, { address: NOBODY, plan: true })).toMatchObject({ status: 200 })
    const admin = await holder(here, 'admin')
    expect(await admin.send('PUT', '/api/retention', { holds: [] }, REASON)).toMatchObject({ status: 200 })
  })

  it('pages through erasures, newest first, and knows which it has', async () => {
    const here = newConsole()
    const caller = await holder(here, 'operator')
    for (const address of [ADA, NOBODY]) await caller.send('POST', ERASE, { address }, REASON)
    const numbers = (json: Record<string, unknown>) =>
      (json['erasures'] as { number: number }[]).map(({ number }) => number)
    const { json } = await here.api('GET', '/api/people/erasures?limit=1')
    const rest = await here.api('GET', `/api/people/erasures?cursor=${String(json['next_cursor'])}`)
    const [newest = 0] = numbers(json)
    expect(numbers(rest.json)[0]).toBe(newest - 1)
    expect(rest.json['next_cursor']).toBeNull()
    for (const number of ['0', '999999', '1e3', 'x'])
      expect(await here.api('GET', `/api/people/erasures/${number}`)).toMatchObject({
        status: 404,
        json: { code: 'erasure_unknown' },
      })
  })

  it('answers with a number if a part is down, and the same request goes on', async () => {
    let isDown = true
    const destinations = destinationObjects({
      async forgetPerson() {
        if (isDown) throw new Error('down')
        return { count: 0, isMore: false, oldestMs: null }
      },
    })
    const here = newConsole({ DESTINATIONS: destinations })
    await here.api('PUT', '/api/destinations/app', { url: 'https://app.example.com/' })
    const caller = await holder(here, 'operator')
    const first = await caller.send('POST', ERASE, { address: ADA }, REASON)
    expect(first).toMatchObject({ status: 202, json: { state: 'running' } })
    expect(first.json).not.toHaveProperty('certificate')
    isDown = false
    const second = await caller.send('POST', ERASE, { address: ADA }, REASON)
    expect(second).toMatchObject({
      status: 200,
      json: { state: 'finished', number: first.json['number'], erased_at: first.json['erased_at'] },
    })
    expect(destinations.calls).toContain('app tellErased')
  })

  it('forgets the suppression that an erasure keeps which still runs', async () => {
    await known()
    let isDown = true
    const destinations = destinationObjects({
      async forgetPerson() {
        if (isDown) throw new Error('down')
        return { count: 0, isMore: false, oldestMs: null }
      },
    })
    const here = newConsole({ DESTINATIONS: destinations })
    await here.api('PUT', '/api/destinations/app', { url: 'https://app.example.com/' })
    const caller = await holder(here, 'operator')
    const first = await caller.send('POST', ERASE, { address: ADA }, REASON)
    expect(first).toMatchObject({ status: 202, json: { keeps_suppression: true } })
    isDown = false
    const body = { address: ADA, keep_suppression: false }
    const second = await caller.send('POST', ERASE, body, REASON)
    expect(second).toMatchObject({ status: 200, json: { state: 'finished', keeps_suppression: false } })
    expect(second.json['number']).toBeGreaterThan(Number(first.json['number']))
    expect(await findSuppression(store, ADA, 0)).toBeUndefined()
  })
})

describe('after a death', () => {
  it('at any call, the job ends the erasure, and it is done once', async () => {
    for (let call = 1, died = true; died; call++) {
      await emptyStore()
      await emptyBuckets()
      const { context, begin, unfinished } = worldOf()
      await known()
      const dying = dyingAt(context, call)
      const sought = { index: await store.people.indexOf(ADA), address: ADA }
      const run = async () => {
        const erasure = await beginErasure(dying.context, sought, false)
        if (erasure !== 'held') await goOn(dying.context, erasure, () => true)
      }
      await run().catch(() => undefined)
      died = dying.died()
      const isBegun = (await context.registry.erasures.newest()) > 0
      if (!isBegun) await begin()
      await finishErasures.run(context)
      expect(await unfinished()).toEqual([])
      const all = await context.registry.erasures.before(1_000, 10)
      expect(all).toHaveLength(1)
      expect(all[0]?.certificate).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
      expect([await countOf('recipients'), await countOf('suppressions')]).toEqual([0, 0])
      expect((await env.BACKUPS.list({ prefix: 'erasures/' })).objects.map(({ key }) => key)).toEqual([
        'erasures/000000000001.json',
      ])
    }
  })

  it('two runs at once have one certificate', async () => {
    const { context, begin } = worldOf()
    const erasure = await begin()
    const [one, other] = await Promise.all([1, 2].map(() => goOn(context, erasure, () => true)))
    expect(one).toMatchObject({ number: 1, certificate: expect.any(String) })
    expect(other).toEqual(one)
  })

  it('an erasure that runs is gone on with, also while the store answers nobody', async () => {
    const { context, begin, sought } = worldOf()
    const { number } = await begin()
    const batch = () => Promise.reject(new ErasuresPending('not complete'))
    const db = { prepare: (sql: string) => env.STORE.prepare(sql), batch } as unknown as D1Database
    const pending = { ...context, store: { ...store, db } }
    expect(await beginErasure(pending, await sought(), false)).toMatchObject({ number })
    const other = { index: await store.people.indexOf(NOBODY), address: NOBODY }
    await expect(beginErasure(pending, other, false)).rejects.toThrow(ErasuresPending)
  })

  it('an erasure of which no copy can be kept has erased nothing', async () => {
    const { context, begin } = worldOf()
    await known()
    const erasure = await begin()
    const backups = {
      ...context.backups,
      put: () => Promise.reject(new Error('down')),
    } as unknown as R2Bucket
    expect(await goOn({ ...context, backups }, erasure, () => true)).toBe('running')
    expect([await countOf('recipients'), await countOf('suppressions')]).toEqual([1, 1])
  })

  it('an erasure that has no time goes on later', async () => {
    const { context, begin, unfinished } = worldOf()
    const erasure = await begin()
    expect(await goOn(context, erasure, () => false)).toBe('running')
    expect(await unfinished()).toHaveLength(1)
    expect(await goOn(context, erasure, () => true)).toMatchObject({ number: 1 })
  })
})

describe('a registry that was lost', () => {
  it('adopts what the bucket knows, and erases it again', async () => {
    const before = worldOf()
    await goOn(before.context, await before.begin(true), () => true)
    await emptyStore()
    await known()
    const after = worldOf()
    expect(await adoptErasures(after.context)).toEqual({ adopted: 1, newest: 1, damaged: 0 })
    expect(await adoptErasures(after.context)).toEqual({ adopted: 0, newest: 0, damaged: 0 })
    expect(await finishErasures.run(after.context)).toBe(1)
    expect(await countOf('recipients')).toBe(0)
    const [again] = await after.context.registry.erasures.before(10, 10)
    const [first] = await before.context.registry.erasures.before(10, 10)
    expect(await erasureAnswer(after.context, again!)).toMatchObject({
      number: 1,
      person: (await erasureAnswer(before.context, first!)).person,
      erased_at: (await erasureAnswer(before.context, first!)).erased_at,
    })
  })

  it('gives no number that the bucket or D1 knows, also of copies that nobody can read', async () => {
    await env.BACKUPS.put('erasures/000000000007.json', '{"number": 6}')
    const { context, begin } = worldOf()
    expect((await begin()).number).toBe(8)
    await expect(finishErasures.run(context)).resolves.toBe(1)
    await emptyBuckets()
    expect((await worldOf().begin()).number).toBe(9)
  })

  it.each([999_999_999_999, 1_000_000_001])(
    'gives no number after the one of a forged copy: %d',
    async (number) => {
      const forged = { number, person: 'ab'.repeat(16), erased_at: 1, keeps_suppression: false }
      await env.BACKUPS.put(`erasures/${String(number).padStart(12, '0')}.json`, JSON.stringify(forged))
      const { context, begin } = worldOf()
      expect(await adoptErasures(context)).toEqual({ adopted: 0, newest: 0, damaged: 1 })
      expect((await begin()).number).toBe(1)
    },
  )

  it('fails the job if a copy cannot be read, after all others', async () => {
    const before = worldOf()
    await goOn(before.context, await before.begin(), () => true)
    await env.BACKUPS.put('erasures/000000000007.json', 'nonsense')
    const after = worldOf()
    await expect(finishErasures.run(after.context)).rejects.toMatchObject({ name: 'ErasureCopyDamaged' })
    expect(await after.unfinished()).toEqual([])
    expect(await after.context.registry.erasures.newest()).toBe(1)
  })
})
