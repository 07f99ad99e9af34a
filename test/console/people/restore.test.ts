/** Backups and erased people: whoever was erased since does not come back, and whoever is kept suppressed stays so. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { idOf, madeAtMsOf } from '../../../src/console/backups/id.ts'
import { personOf } from '../../../src/store/keys.ts'
import type { Store } from '../../../src/store/store.ts'
import { emptyStore, rowsOf } from '../../support/store.ts'
import { holder } from '../credentials.ts'
import { emptyBuckets } from '../retention/world.ts'
import { type TestConsole, newConsole } from '../support.ts'

const REASON = { 'x-reason': 'request 4711' }

/** Others in each test: the registry keeps its erasures. */
let [ADA, EVE, tests] = ['', '', 0]

let here: TestConsole
let store: Store

beforeEach(async () => {
  tests++
  ADA = `ada${tests}@restore.example`
  EVE = `eve${tests}@restore.example`
  store = await emptyStore()
  await emptyBuckets()
  here = newConsole()
  await here.api('POST', '/api/suppressions', { address: ADA, note: 'by phone' })
  await here.api('POST', '/api/suppressions', { address: ADA, scope: 'list:news' })
  await here.api('POST', '/api/suppressions', { address: EVE, note: 'by letter' })
})

const backUp = async (): Promise<string> => {
  here.clock.nowMs += 1_000
  const { status, json } = await here.api('POST', '/api/backups')
  expect(status).toBe(201)
  return String(json['id'])
}

const erase = async (address: string, keep_suppression: boolean) => {
  const { send } = await holder(here, 'operator')
  const { json } = await send('POST', '/api/people/erase', { address, keep_suppression }, REASON)
  expect(json).toMatchObject({ state: 'finished' })
}

const restore = async (id: string) => (await here.api('POST', '/api/restore/suppressions', { id })).json

const suppressed = async (address: string) =>
  (await here.api('GET', `/api/suppressions/${encodeURIComponent(address)}`)).json

const listed = async () => JSON.stringify((await here.api('GET', '/api/suppressions/export')).json)

describe('a backup older than an erasure', () => {
  it.each([true, false])('brings nothing of the person back, with a kept suppression: %s', async (keeps) => {
    const id = await backUp()
    await erase(ADA, keeps)
    // D1 is lost with all suppressions. The list of erasures is not in it.
    await emptyStore()
    expect(await restore(id)).toMatchObject({ count: 3, added: keeps ? 3 : 1, next: null })
    expect(await suppressed(ADA)).toMatchObject({
      suppressed: keeps,
      scopes: keeps ? [{ reason: 'manual', scope: 'list:news', note: null }] : [],
    })
    expect(await suppressed(EVE)).toMatchObject({ suppressed: true, reasons: [{ note: 'by letter' }] })
    expect(await rowsOf('SELECT hex(recipient) AS name FROM recipients')).toHaveLength(1)
    expect(await listed()).not.toContain(ADA)
  })

  it('brings back no hold that names the person, and all others', async () => {
    const admin = await holder(here, 'admin')
    const holds = [ADA, EVE].map((person) => ({ person, reason: 'dispute 4711' }))
    expect((await here.api('PUT', '/api/retention', { holds })).status).toBe(200)
    const id = await backUp()
    await admin.send('PUT', '/api/retention', { holds: [] }, REASON)
    here.clock.nowMs += 1_000
    await erase(ADA, false)
    expect(await admin.send('POST', '/api/restore', { id, replace: true }, REASON)).toMatchObject({
      status: 200,
    })
    const { json } = await here.api('GET', '/api/retention')
    expect(json['document']).toMatchObject({ holds: [{ person: EVE }] })
    await admin.send('PUT', '/api/retention', { holds: [] }, REASON)
  })
})

it('of sources alone erases again before it answers', async () => {
  const id = await backUp()
  await erase(ADA, false)
  // D1 is of a time before.
  await emptyStore()
  await personOf(store, ADA)
  const admin = await holder(here, 'admin')
  const restored = await admin.send('POST', '/api/restore', { id, replace: true }, REASON)
  expect(restored).toMatchObject({ status: 200 })
  expect(await rowsOf('SELECT 1 FROM recipients')).toEqual([])
})

it('of sources alone erases who was erased before the registry was lost', async () => {
  const id = await backUp()
  const number = (await env.REGISTRY.getByName('registry').erasures.newest()) + 1
  const person = await store.people.indexOf(ADA)
  const copy = { number, person, erased_at: here.clock.nowMs, keeps_suppression: false }
  await env.BACKUPS.put(`erasures/${String(number).padStart(12, '0')}.json`, JSON.stringify(copy))
  const admin = await holder(here, 'admin')
  const restored = await admin.send('POST', '/api/restore', { id, replace: true }, REASON)
  expect(restored).toMatchObject({ status: 200 })
  expect(await suppressed(ADA)).toMatchObject({ suppressed: false })
  expect(await suppressed(EVE)).toMatchObject({ suppressed: true })
})

describe('a backup of after an erasure', () => {
  it('has a kept suppression without the person, and brings it back', async () => {
    await erase(ADA, true)
    here.clock.nowMs += 1_000
    const id = await backUp()
    await emptyStore()
    expect(await restore(id)).toMatchObject({ count: 1, next: 1 })
    const { json } = await here.api('POST', '/api/restore/suppressions', { id, part: 1 })
    expect(json).toMatchObject({ count: 2, added: 2, next: null })
    expect(await suppressed(ADA)).toMatchObject({
      suppressed: true,
      reasons: [{ reason: 'manual', scope: null, note: null, event_id: null }],
      scopes: [{ reason: 'manual', scope: 'list:news' }],
    })
    expect(await listed()).not.toContain(ADA)
  })

  it('brings back what came after it, under a new key', async () => {
    await erase(ADA, false)
    here.clock.nowMs += 1_000
    await here.api('POST', '/api/suppressions', { address: ADA, note: 'again' })
    const id = await backUp()
    await emptyStore()
    await restore(id)
    expect(await suppressed(ADA)).toMatchObject({ suppressed: true, reasons: [{ note: 'again' }] })
  })

  it('does not have who was erased a moment before, though the store was not there yet', async () => {
    const registry = env.REGISTRY.getByName('registry')
    const began = await registry.erasures.begin(
      {
        person: await store.people.indexOf(ADA),
        address: ADA,
        keepsSuppression: false,
        above: 0,
        retentionVersion: (await registry.retention.read()).version,
      },
      { actor: 'admin', from: null, requestId: 'req_1', reason: 'request 4711' },
    )
    expect(began).toMatchObject({ ok: true })
    const id = await backUp()
    expect(await restore(id)).toMatchObject({ count: 1 })
    await erase(ADA, false)
  })
})

it('the time in the id of a backup is that in which it was made', () => {
  const atMs = Date.UTC(2026, 10, 25, 14, 30, 0, 123)
  expect(idOf(atMs)).toBe('20261125T143000123Z')
  expect(madeAtMsOf(idOf(atMs))).toBe(atMs)
  expect(madeAtMsOf('other')).toBe(0)
})
