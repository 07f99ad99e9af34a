/** The archive from a delivery to an answer: all Workers write it, and the command line pulls it, asks it and opens it. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ArchiveStatus } from '../../src/api/archive.ts'
import { peopleRoutes } from '../../src/api/people.ts'
import { apiAt } from '../../src/cli/connection/api.ts'
import { readArchived } from '../../src/cli/people/archived.ts'
import { loadDuckDB } from '../../src/cli/sql/duckdb.ts'
import { findEventFiles } from '../../src/cli/sql/event-files.ts'
import { jsonOf } from '../../src/simulator/http.ts'
import { type Ran, run } from '../cli/run.ts'
import { MovedClock } from '../../scripts/local/moved-clock.ts'
import { type Postern, simulated, startPostern, until } from './postern.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** The first event that comes two hours later. */
const LATE = 4

/** Noon of tomorrow: events of two days would go into two files. */
const clock = new MovedClock((Math.floor(Date.now() / DAY_MS) + 1.5) * DAY_MS)
const sent = Array.from({ length: 5 }, (_, i) =>
  simulated({
    kind: i === 0 ? 'email.bounced' : 'email.delivered',
    recipient: `reader.${i % 4}@example.com`,
  }),
)

let postern: Postern
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'postern-archive-'))
  postern = await startPostern({ clock })
  const shop = await postern.source('generic', 'shop')
  await shop.deliver(await shop.account.deliver(sent.slice(0, LATE), clock.nowSeconds()))
  await postern.settledAt('shop', LATE)
  await clock.forward(2 * HOUR_MS)
  // A commit wakes the archive. The oldest event has waited for an hour, so that all go into one file.
  await shop.deliver(await shop.account.deliver(sent.slice(LATE), clock.nowSeconds()))
  await postern.settledAt('shop', sent.length)
  await until(async () => (await status()).events === sent.length)
}, 120_000)
afterAll(async () => {
  await postern?.runtime.close()
  await rm(folder, { recursive: true })
})

const status = async (): Promise<ArchiveStatus> =>
  jsonOf(await postern.console.get('/api/archive?check=true')) as ArchiveStatus

const cli = (...args: string[]): Promise<Ran> => run(args, '', postern.reach)
const sql = async (statement: string, ...options: string[]): Promise<unknown> => {
  const ran = await cli('sql', statement, '--dir', folder, '--json', ...options)
  expect(ran).toMatchObject({ code: 0, complaints: '' })
  return JSON.parse(ran.out)
}

describe('the archive', () => {
  it('says what is in it, and what waits', async () => {
    expect(await status()).toMatchObject({
      files: 1,
      events: sent.length,
      waiting: { events: 0, since: null },
      store: { events: sent.length },
      check: { missing: [], unknown: [] },
    })
    const { code, out } = await cli('archive', 'status', '--check')
    expect(code).toBe(0)
    expect(out).toMatch(/^events in them +5$/m)
    expect(out).toMatch(/^missing files +none$/m)
  })

  it('is pulled once, and answers with each event once', async () => {
    expect((await cli('archive', 'pull', folder)).out).toMatch(/^Pulled 1 files/)
    expect((await cli('archive', 'pull', folder)).out).toMatch(/^Pulled 0 files .* 1 were here already/)
    expect(
      await sql(`select count(*) as n, count(distinct id) as ids, count(distinct person) as people,
        count(*) filter (type = 'email.bounced') as bounced, min(source) as source from events`),
    ).toEqual([{ n: 5, ids: 5, people: 4, bounced: 1, source: 'shop' }])
    expect(await sql('select id from events order by id')).toEqual(
      (await postern.events('shop')).map(({ id }) => ({ id })).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    )
  })

  it('is opened on this machine with a reason, and nothing of that rests in the folder', async () => {
    const rows = await sql(
      'select recipient, count(*) as n from events group by all order by all',
      '--with-personal',
      '--reason',
      'who reads',
    )
    expect(rows).toEqual(
      [0, 1, 2, 3].map((i) => ({ recipient: `reader.${i}@example.com`, n: i === 0 ? 2 : 1 })),
    )
    const names = await readdir(folder, { recursive: true })
    expect(names.filter((name) => !/^\.postern-archive\.jsonl$|^dt=|\.parquet$/.test(name))).toEqual([])
    const audit = jsonOf(await postern.console.get('/api/audit?limit=50')) as {
      entries: { action: string; reason: string }[]
    }
    const lines = audit.entries.filter(({ action }) => action === 'people.keys_read')
    expect(lines).toMatchObject([{ reason: 'who reads' }])
  })

  it('has the same events of a person as the database has', async () => {
    const reader = 'reader.0@example.com'
    const { code, out } = await cli('people', 'show', reader, '--dir', folder)
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/^archive +2 /m) })
    const api = apiAt(new URL(postern.reach['POSTERN_URL'] ?? ''), postern.reach['POSTERN_TOKEN'] ?? '')
    const { key, archive, events } = await api.call(peopleRoutes.exportPerson, {
      body: { address: reader },
      headers: { 'x-reason': 'request 4711' },
    })
    const files = { duckdb: await loadDuckDB(), found: await findEventFiles(folder, {}) }
    const { pseudonym = '' } = archive ?? {}
    const read = await readArchived(files, { pseudonym, key: key ?? '', address: reader })
    const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : 1)
    expect(read.toSorted(byId)).toEqual(
      events.map(({ security: _security, ...event }) => event).toSorted(byId),
    )
    const exported = await cli('people', 'export', reader, '--dir', folder, '--reason', 'request 4711')
    expect(JSON.parse(exported.out)).toMatchObject({ archive: { included: true }, events: [{}, {}] })
  })

  it('reads no key for a statement that is wrong', async () => {
    const wrong = await cli(
      'sql',
      'select nobody from events',
      '--dir',
      folder,
      '--with-personal',
      '--reason',
      'x',
    )
    expect(wrong).toMatchObject({ code: 2 })
    const audit = jsonOf(await postern.console.get('/api/audit?limit=50')) as {
      entries: { action: string }[]
    }
    expect(audit.entries.filter(({ action }) => action === 'people.keys_read')).toHaveLength(1)
  })

  it('opens nothing of a person who was erased, though it was pulled before', async () => {
    const reader = 'reader.0@example.com'
    const opened = (of: string) =>
      sql(
        `select count(*) as n, count(recipient) as named from events ${of}`,
        '--with-personal',
        '--reason',
        'r',
      )
    const hers = `where recipient = '${reader}'`
    expect(await opened(hers)).toEqual([{ n: 2, named: 2 }])
    const api = apiAt(new URL(postern.reach['POSTERN_URL'] ?? ''), postern.reach['POSTERN_TOKEN'] ?? '')
    const headers = { 'x-reason': 'request 4711' }
    await until(async () => {
      const { state } = await api.call(peopleRoutes.erasePerson, {
        body: { address: reader, keep_suppression: false },
        headers,
      })
      return state === 'finished'
    })
    expect(await opened(hers)).toEqual([{ n: 0, named: 0 }])
    expect(await opened('')).toEqual([{ n: 5, named: 3 }])
    expect(await opened('where person is not null')).toEqual([{ n: 5, named: 3 }])
    const { key, archive } = await api.call(peopleRoutes.exportPerson, { body: { address: reader }, headers })
    expect({ key, archive }).toEqual({ key: null, archive: null })
    expect((await cli('people', 'show', reader, '--dir', folder)).code).toBe(1)
  })
})
