/** Events through all three Workers into the archive, for a month of virtual time, with two objects that run at once. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ArchiveApi } from '../../src/archive/api.ts'
import { archiveSums, listArchiveFiles } from '../../src/store/archive-files.ts'
import type { AnswerOf } from '../../src/api/route.ts'
import type { deliverabilityRoutes } from '../../src/api/deliverability.ts'
import { DAY_MS, HOUR_MS, toInstant } from '../../src/platform/time.ts'
import { jsonOf } from '../../src/simulator/http.ts'
import { MovedClock } from '../../scripts/local/moved-clock.ts'
import { type Postern, type TestSource, simulated, startPostern, until } from './postern.ts'

interface Bindings {
  readonly STORE: D1Database
  readonly ARCHIVE: R2Bucket
  readonly ARCHIVER: { getByName(name: string): Pick<ArchiveApi, 'wake'> }
}

const KINDS = ['email.delivered', 'email.opened', 'email.clicked', 'email.bounced', 'email.spam_reported']

/** Of mailboxes, and what the archive says of them. */
const DOMAINS = ['gmail.com', 'small.example']
const PROVIDERS = ['gmail.com', 'other']

const clock = new MovedClock()
let postern: Postern
let bindings: Bindings
let source: TestSource
let folder = ''
let accepted = 0

beforeAll(async () => {
  postern = await startPostern({ clock })
  bindings = await postern.runtime.bindings<Bindings>('consumer')
  source = await postern.source('generic')
  folder = await mkdtemp(join(tmpdir(), 'postern-archive-'))
})
afterAll(async () => {
  await postern.runtime.close()
  await rm(folder, { recursive: true, force: true })
})

/** Some deliveries, one of them twice. */
async function deliver(deliveries: number): Promise<void> {
  for (let i = 0; i < deliveries; i++) {
    const events = KINDS.map((kind, nr) =>
      simulated({
        kind,
        recipient: `person.${nr}@${DOMAINS[nr % 2] ?? ''}`,
        occurredAtSeconds: clock.nowSeconds(),
        ...(kind === 'email.bounced' ? { bounce: 'hard' as const } : {}),
        ...(kind === 'email.clicked' ? { url: 'https://example.net/a' } : {}),
      }),
    )
    for (const _copy of i === 0 ? [1, 2] : [1]) {
      const answer = await source.deliver(await source.account.deliver(events, clock.nowSeconds()))
      expect(answer.status).toBe(200)
    }
    accepted += events.length
  }
  await until(async () => (await sums()).events + (await sums()).waiting.events >= accepted)
  expect(await postern.runtime.drained(30_000)).toBe(true)
}

const sums = () => archiveSums({ db: bindings.STORE })

/** Two objects work at once. The platform starts one, and for a moment there can be two. */
async function archived(): Promise<void> {
  await until(async () => {
    await Promise.all(['archive', 'another'].map((name) => bindings.ARCHIVER.getByName(name).wake()))
    return (await rowsIn('claimed')) === 0 && (await sums()).waiting.events === 0
  })
}

const numberOf = async (sql: string): Promise<number> =>
  (await bindings.STORE.prepare(sql).first<number>('n')) ?? 0

const rowsIn = (state: 'claimed' | 'replaced'): Promise<number> =>
  numberOf(`SELECT count(*) AS n FROM archive_files WHERE state = '${state}'`)

const segments = (): Promise<number> => numberOf('SELECT count(*) AS n FROM segments')

/** All objects of the bucket as files. */
async function pull(): Promise<string[]> {
  const { objects } = await bindings.ARCHIVE.list()
  for (const { key } of objects) {
    const path = join(folder, key)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, new Uint8Array((await (await bindings.ARCHIVE.get(key))?.arrayBuffer()) ?? []))
  }
  return objects.map(({ key }) => key)
}

async function query(sql: string): Promise<unknown[][]> {
  const connection = await (await DuckDBInstance.create()).connect()
  const events = `read_parquet('${folder}/events/v1/**/*.parquet', hive_partitioning = true)`
  return (await connection.runAndReadAll(sql.replace('EVENTS', events))).getRowsJson()
}

it('has each accepted event once, in files that DuckDB reads, whatever was merged and removed', async () => {
  for (let hour = 0; hour < 3; hour++) {
    await deliver(2)
    await clock.forward(HOUR_MS)
    await archived()
  }
  const small = (await sums()).files
  await clock.forward(2 * DAY_MS)
  await archived()
  await until(async () => (await sums()).files < small)
  expect((await sums()).files).toBeLessThan(small)

  const held = await segments()
  await deliver(2)
  await clock.forward(31 * DAY_MS)
  await archived()
  await until(async () => (await segments()) < held)
  expect(await segments()).toBeLessThan(held)

  await until(async () => (await rowsIn('replaced')) === 0)
  const keys = await pull()
  expect(keys).toEqual((await listArchiveFiles({ db: bindings.STORE }, { limit: 100 })).map(({ key }) => key))
  expect(await query('SELECT count(*), count(DISTINCT id), count(DISTINCT dt) >= 2 FROM EVENTS')).toEqual([
    [String(accepted), String(accepted), true],
  ])
  expect(
    await query(
      `SELECT type, count(*), count(DISTINCT person), any_value(mailbox_provider) FROM EVENTS GROUP BY ALL ORDER BY 1`,
    ),
  ).toEqual(
    KINDS.map((kind, nr) => [kind, String(accepted / KINDS.length), '1', PROVIDERS[nr % 2]]).toSorted(
      (a, b) => (String(a[0]) < String(b[0]) ? -1 : 1),
    ),
  )
  const wrong = `sealed IS NULL OR epoch_ms(stored_at) // ${DAY_MS} <> dt - DATE '1970-01-01'`
  expect(await query(`SELECT count(*) FROM EVENTS WHERE ${wrong}`)).toEqual([['0']])
  expect(postern.logs.filter((line) => line.includes('reader_failed'))).toEqual([])
})

it('has as many events of each type as the figures of deliverability, by day', async () => {
  // The clock was set forward after the first events.
  const since = toInstant(Date.now() - DAY_MS)
  const answer = jsonOf(
    await postern.console.get(`/api/deliverability?by=day&source=${source.name}&since=${since}`),
  ) as AnswerOf<typeof deliverabilityRoutes.getDeliverability>
  const figures = answer.values.flatMap(({ value, counts }) =>
    KINDS.map((kind) => [value, kind, counts[kind.replace('email.', '') as keyof typeof counts]]),
  )
  const counted = await query(
    `SELECT dt, type, count(*)::INTEGER FROM EVENTS WHERE source = '${source.name}' GROUP BY ALL`,
  )
  expect(new Set(counted.map(String))).toEqual(new Set(figures.map(String)))
})
