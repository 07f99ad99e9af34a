/** The statements of docs/deploying.md that make room in a full database, run by SQLite on the tables of the migrations. */
import { readFile, readdir } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { ROOT } from '../../scripts/workers.ts'

const MIGRATIONS = `${ROOT}src/store/migrations/`
const NOW_MS = Date.now()

async function storeWith(segments: number): Promise<DatabaseSync> {
  const db = new DatabaseSync(':memory:')
  for (const name of (await readdir(MIGRATIONS)).sort()) db.exec(await readFile(MIGRATIONS + name, 'utf8'))
  const insert = db.prepare(
    `INSERT INTO segments (segment, events_before, stored_at, digits, first_id, last_id, first_ms, last_ms, events, writer, ids, fingerprints, contents)
     VALUES (?1, ?1 - 1, ?2, 6, ?1, ?1, ?2, ?2 - 5, 1, 0, '[]', '[]', '[]')`,
  )
  for (let segment = 1; segment <= segments; segment++) insert.run(segment, NOW_MS - 1_000_000 + segment)
  return db
}

const statements = async (): Promise<string> => {
  const paper = await readFile(`${ROOT}docs/deploying.md`, 'utf8')
  return (
    /d1 execute postern-store --remote --command "([^"]+DELETE FROM segments[^"]+)"/.exec(paper)?.[1] ?? ''
  )
}

const numbersIn = (db: DatabaseSync): number[] =>
  db
    .prepare('SELECT segment FROM segments ORDER BY segment')
    .all()
    .map(({ segment }) => Number(segment))

it.each([
  [2_500, [1_001, 2_500], 1_000],
  [1_000, [1_000, 1_000], 999],
  [1, [1, 1], undefined],
])('of %i segments, the oldest go and the last one stays', async (segments, [first, last], newestGone) => {
  const db = await storeWith(segments)
  db.exec(await statements())
  const left = numbersIn(db)
  expect([left[0], left.at(-1), left.length]).toEqual([first, last, Number(last) - Number(first) + 1])
  const history = db.prepare('SELECT before_ms, stored_ms FROM history').get()
  expect({ ...history }).toEqual(
    newestGone === undefined
      ? {}
      : { before_ms: NOW_MS - 1_000_005 + newestGone, stored_ms: NOW_MS - 1_000_000 + newestGone },
  )
})

it('history never goes back, and an event of the future keeps its segment', async () => {
  const db = await storeWith(1_200)
  db.exec(`INSERT INTO history (one, before_ms, stored_ms) VALUES (1, ${NOW_MS - 10}, ${NOW_MS - 10})`)
  db.exec(`UPDATE segments SET last_ms = ${NOW_MS + 9_000_000} WHERE segment = 3`)
  db.exec(await statements())
  expect(numbersIn(db).slice(0, 2)).toEqual([3, 1_001])
  expect({ ...db.prepare('SELECT before_ms FROM history').get() }).toEqual({ before_ms: NOW_MS - 10 })
})
