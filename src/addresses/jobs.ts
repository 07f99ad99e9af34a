/**
 * Jobs: lists of addresses that are checked in the background. The list is in the store, so a job goes on after a crash, and while nobody looks: the
 * console works on it each minute. Two runs at once do no harm, since each address is claimed before a service is asked.
 */
import { DAY_MS } from '../platform/time.ts'
import type { Store } from '../store/store.ts'
import { type Answered, type CheckDeps, checkAddresses } from './check.ts'
import { JOB_KEPT_DAYS, keptVerdicts, openJson, sealJson } from './kept.ts'
import { type Pending, STOPS_ALL } from './services/service.ts'
import { readEnvelopeAddress } from './syntax.ts'
import type { Verdict } from './verdict.ts'

/** Of those that have work left. */
const JOBS_MAX = 20
const STEP_ROWS = 30
/** Steps of one run: 180 addresses. A step makes 130 statements at most, and D1 takes 1,000 of an invocation. */
const STEPS_MAX = 6
/** A service that is never done with an address must not keep the job open. */
const TRIES_MAX = 20

export interface Job {
  readonly id: string
  readonly created_at: number
  readonly addresses: number
  readonly stopped_at: number | null
  readonly ended_at: number | null
  readonly done: number
  /** JSON: how many by verdict. */
  readonly verdicts: string
}

const SELECTED = `j.id, j.created_at, j.addresses, j.stopped_at, j.ended_at,
  (SELECT count(*) FROM address_job_rows r WHERE r.id = j.id AND r.verdict IS NOT NULL) AS done,
  (SELECT json_group_object(verdict, count) FROM (
    SELECT r.verdict, count(*) AS count FROM address_job_rows r WHERE r.id = j.id AND r.verdict IS NOT NULL GROUP BY 1)) AS verdicts`

interface JobRow {
  readonly part: number
  readonly recipient: string
  readonly tries: number
  readonly sealed: string
}

/** Contents of a sealed row. */
interface RowContents {
  readonly address: string
  readonly answer?: Answered
}

const keyOf = (id: string, part: number): string => `${id}/${part}`

/** Rows of one statement: a parameter of D1 has at most two megabytes. */
const INSERT_ROWS = 1_000

const INSERT = `
  INSERT INTO address_job_rows (id, part, recipient, tries, sealed)
  SELECT ?2, value ->> 0, unhex(value ->> 1), 0, unhex(value ->> 2) FROM json_each(?1)`

/** @returns undefined if too many jobs have work left */
export async function createJob(
  { db, people, sealer }: Store,
  addresses: readonly string[],
  nowMs: number,
): Promise<string | undefined> {
  const id = `job_${crypto.randomUUID()}`
  const open = await db
    .prepare('SELECT count(*) AS open FROM address_jobs WHERE ended_at IS NULL')
    .first<{ open: number }>()
  if ((open?.open ?? 0) >= JOBS_MAX) return undefined
  const rows: (readonly [number, string, string])[] = []
  for (const [part, text] of addresses.entries()) {
    // Another text may name somebody in its middle, whom no erasure would find there.
    const address = readEnvelopeAddress(text) === undefined ? `line ${part + 1}` : text
    const sealed = await sealJson(sealer, { address } satisfies RowContents, keyOf(id, part))
    rows.push([part, await people.indexOf(address), sealed])
  }
  const statements = [
    db
      .prepare('INSERT INTO address_jobs (id, created_at, addresses) VALUES (?1, ?2, ?3)')
      .bind(id, nowMs, addresses.length),
  ]
  for (let from = 0; from < rows.length; from += INSERT_ROWS)
    statements.push(db.prepare(INSERT).bind(JSON.stringify(rows.slice(from, from + INSERT_ROWS)), id))
  await db.batch(statements)
  return id
}

export const findJob = ({ db }: Pick<Store, 'db'>, id: string): Promise<Job | null> =>
  db.prepare(`SELECT ${SELECTED} FROM address_jobs j WHERE j.id = ?1`).bind(id).first<Job>()

/** Newest first. They are few: old ones are removed. */
export const listJobs = async ({ db }: Pick<Store, 'db'>, limit: number): Promise<readonly Job[]> =>
  (
    await db
      .prepare(`SELECT ${SELECTED} FROM address_jobs j ORDER BY j.created_at DESC, j.id LIMIT ?1`)
      .bind(limit)
      .all<Job>()
  ).results

/** Ends a job where it is. Its results so far stay. @returns whether there is such a job */
export async function stopJob({ db }: Pick<Store, 'db'>, id: string, nowMs: number): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `UPDATE address_jobs SET stopped_at = iif(ended_at IS NULL, ?2, stopped_at), ended_at = coalesce(ended_at, ?2) WHERE id = ?1`,
    )
    .bind(id, nowMs)
    .run()
  return meta.changes > 0
}

const RESULTS = `
  SELECT part, lower(hex(sealed)) AS sealed FROM address_job_rows
  WHERE id = ?1 AND part > ?2 AND verdict IS NOT NULL ORDER BY part LIMIT ?3`

/** A page of what is known by now, in the order of the list. People who were erased meanwhile are missing. */
export async function jobResults(
  { db, sealer }: Pick<Store, 'db' | 'sealer'>,
  id: string,
  after: number,
  limit: number,
): Promise<{ readonly results: readonly Answered[]; readonly next: number | null }> {
  const { results: rows } = await db
    .prepare(RESULTS)
    .bind(id, after, limit + 1)
    .all<JobRow>()
  const page = rows.slice(0, limit)
  const opened = await Promise.all(
    page.map(({ part, sealed }) => openJson<RowContents>(sealer, sealed, keyOf(id, part))),
  )
  return {
    results: opened.flatMap((one) => one?.answer ?? []),
    next: rows.length > limit ? (page.at(-1)?.part ?? null) : null,
  }
}

const NEXT_ROWS = `
  SELECT part, lower(hex(recipient)) AS recipient, tries, lower(hex(sealed)) AS sealed FROM address_job_rows
  WHERE id = ?1 AND part > ?2 AND verdict IS NULL ORDER BY part LIMIT ${STEP_ROWS}`

/** An erased person has no row any more, and gets none. */
const ANSWERED = `
  UPDATE address_job_rows SET verdict = j.value ->> 1, sealed = unhex(j.value ->> 2), tries = tries + 1
  FROM json_each(?1) j WHERE address_job_rows.id = ?2 AND address_job_rows.part = j.value ->> 0`

const TRIED = `UPDATE address_job_rows SET tries = tries + 1 WHERE id = ?2 AND part IN (SELECT value FROM json_each(?1))`

const END = `
  UPDATE address_jobs SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM address_job_rows r WHERE r.id = ?1 AND r.verdict IS NULL)`

/**
 * Works on open jobs, the oldest first, until the time is over or the service is used up. It may die anywhere and be called again.
 *
 * @returns how many addresses were answered
 */
export async function workOnJobs(deps: CheckDeps): Promise<number> {
  const { store } = deps
  const { results: open } = await store.db
    .prepare(`SELECT id FROM address_jobs WHERE ended_at IS NULL ORDER BY created_at, id LIMIT ${JOBS_MAX}`)
    .all<Pick<Job, 'id'>>()
  let [done, steps] = [0, 0]
  const mayGoOn = () => deps.mayAsk() && steps++ < STEPS_MAX
  for (const { id } of open) {
    const worked = await workOn(deps, id, mayGoOn)
    done += worked.done
    if (worked.isStopped) break
  }
  return done
}

async function workOn(
  deps: CheckDeps,
  id: string,
  mayGoOn: () => boolean,
): Promise<{ done: number; isStopped: boolean }> {
  const { store, nowMs } = deps
  const { db, sealer } = store
  let done = 0
  for (let after = -1; ;) {
    if (!mayGoOn()) return { done, isStopped: true }
    const { results: rows } = await db.prepare(NEXT_ROWS).bind(id, after).all<JobRow>()
    const last = rows.at(-1)
    if (last === undefined) break
    after = last.part
    const opened = await Promise.all(
      rows.map(async (row) => ({
        ...row,
        // A row that no key opens ends as an address that is none.
        address: (await openJson<RowContents>(sealer, row.sealed, keyOf(id, row.part)))?.address ?? '',
      })),
    )
    const answers = await checkAddresses(
      deps,
      opened.map(({ address }) => address),
    )
    const pendings = answers.map(({ pending }) => pending)
    const stops = (pending: Pending | null) => pending !== null && STOPS_ALL.has(pending)
    const settled: (readonly [number, Verdict, string])[] = []
    for (const [i, { part, tries }] of opened.entries()) {
      const answer = answers[i]
      if (
        answer === undefined ||
        (answer.pending !== null && (stops(answer.pending) || tries + 1 < TRIES_MAX))
      )
        continue
      settled.push([
        part,
        answer.verdict,
        await sealJson(sealer, { address: answer.address, answer }, keyOf(id, part)),
      ])
    }
    const again = opened.flatMap(({ part }, i) =>
      pendings[i] === null || stops(pendings[i] ?? null) ? [] : [part],
    )
    await db.batch([
      db.prepare(TRIED).bind(JSON.stringify(again), id),
      db.prepare(ANSWERED).bind(JSON.stringify(settled), id),
      db.prepare(END).bind(id, nowMs()),
    ])
    done += settled.length
    if (pendings.some(stops)) return { done, isStopped: true }
  }
  await db.prepare(END).bind(id, nowMs()).run()
  return { done, isStopped: false }
}

const OF_PERSON = `
  SELECT id, part, lower(hex(sealed)) AS sealed FROM address_job_rows WHERE recipient = unhex(?1) AND verdict IS NOT NULL
  ORDER BY id, part LIMIT 100`

/** All that is kept of checks of a person: the verdict that still counts, and those of lists. */
export async function checksOf(
  store: Store,
  { address, index }: { readonly address: string; readonly index: string },
  nowMs: number,
): Promise<readonly Answered[]> {
  const kept = (await keptVerdicts(store, [index], nowMs)).get(index)
  const { results: rows } = await store.db.prepare(OF_PERSON).bind(index).all<JobRow & Pick<Job, 'id'>>()
  const opened = await Promise.all(
    rows.map(({ id, part, sealed }) => openJson<RowContents>(store.sealer, sealed, keyOf(id, part))),
  )
  return [
    ...(kept === undefined ? [] : [{ ...kept, address, pending: null }]),
    ...opened.flatMap((one) => one?.answer ?? []),
  ]
}

/** Removes jobs that ended long ago, with their addresses. @returns how many */
export async function forgetJobs({ db }: Pick<Store, 'db'>, nowMs: number): Promise<number> {
  const isOld = `ended_at < ?1`
  const beforeMs = nowMs - JOB_KEPT_DAYS * DAY_MS
  const [, removed] = await db.batch([
    db
      .prepare(`DELETE FROM address_job_rows WHERE id IN (SELECT id FROM address_jobs WHERE ${isOld})`)
      .bind(beforeMs),
    db.prepare(`DELETE FROM address_jobs WHERE ${isOld}`).bind(beforeMs),
  ])
  return removed?.meta.changes ?? 0
}
