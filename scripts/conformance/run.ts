/** Runs cases through the Workers: first all deliveries, then the queue, then a check of the store. */
import { type Received, jsonOf } from '../../src/simulator/http.ts'
import { problemOf } from '../../src/simulator/console.ts'
import { type Case, sourceOf } from './case.ts'
import { type Outcome, differences } from './compare.ts'
import type { Delivered, World } from './conformance-world.ts'

export interface CaseResult {
  readonly played: Case
  /** Empty if the case passed. */
  readonly differences: readonly string[]
  /** Information for the reader that did not decide the verdict. */
  readonly note?: string
}

/** The state of a case between the phases. */
type Played =
  | { readonly case: Case; readonly source: string; readonly delivered: Sending }
  | { readonly case: Case; readonly unplayable: CaseResult }

interface Sending extends Delivered {
  readonly strayFetches: readonly string[]
  readonly confirmed: readonly string[]
  /** Queue messages of this delivery and of its precondition, if it has one. */
  readonly sentInTotal: number
}

export async function run(cases: readonly Case[], world: World): Promise<CaseResult[]> {
  const played: Played[] = []
  for (const [index, one] of cases.entries()) played.push(await playOne(one, `case-${index}`, world))
  const messages = played.reduce((sum, one) => sum + ('delivered' in one ? one.delivered.sentInTotal : 0), 0)
  const settled = await world.settled(messages)

  const verdicts: CaseResult[] = []
  for (const one of played) {
    if ('unplayable' in one) verdicts.push(one.unplayable)
    else verdicts.push(await judge(one.case, one.source, one.delivered, world, settled))
  }
  return verdicts
}

async function playOne(one: Case, source: string, world: World): Promise<Played> {
  const { document, certificates } = sourceOf(one)
  world.outside.enter(one, certificates)
  const put = await world.console.put(`/api/sources/${source}`, document)
  if (put.status >= 300) return { case: one, unplayable: unplayable(one, put) }
  try {
    const before = one.precondition === undefined ? undefined : await world.deliver(one, source)
    const delivered = await world.deliver(one, source)
    return {
      case: one,
      source,
      delivered: {
        ...delivered,
        sentInTotal: delivered.sent + (before?.sent ?? 0),
        strayFetches: world.outside.strayFetches(),
        confirmed: world.outside.confirmed(),
      },
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    return { case: one, unplayable: { played: one, differences: [`the request could not be sent: ${why}`] } }
  }
}

/** Without a source every delivery is refused, so a case that expects a rejection has passed. */
function unplayable(played: Case, put: Received): CaseResult {
  const problems = ((jsonOf(put) ?? {}) as { problems?: { path: string; problem: string }[] }).problems ?? []
  const why = problems.map(({ path, problem }) => `${path}: ${problem}`).join(' ') || problemOf(put)
  return played.expect.verdict === 'reject'
    ? { played, differences: [], note: `refused when the source was saved: ${why}` }
    : { played, differences: [`the source was not saved: ${why}`] }
}

async function judge(
  played: Case,
  source: string,
  delivered: Sending,
  world: World,
  settled: boolean,
): Promise<CaseResult> {
  const outcome: Outcome = {
    status: delivered.status,
    headers: delivered.headers,
    json: jsonOf(delivered),
    sent: delivered.sent,
    strayFetches: delivered.strayFetches,
    confirmed: delivered.confirmed,
    events: await all<Readonly<Record<string, unknown>>>(world, '/api/events', 'events', source),
    quarantined: (await all(world, '/api/quarantine', 'quarantine', source)).length,
  }
  const lines = differences(played, outcome)
  return {
    played,
    differences: lines,
    ...(lines.length > 0 && !settled ? { note: 'the consumer had not settled every message by then' } : {}),
  }
}

/** All rows of the source in a paged list of the API. */
async function all<Row>(world: World, path: string, list: string, source: string): Promise<Row[]> {
  const rows: Row[] = []
  let cursor: string | null = null
  do {
    const query = new URLSearchParams({ source, limit: '100', ...(cursor === null ? {} : { cursor }) })
    const answer: Received = await world.console.get(`${path}?${query.toString()}`)
    if (answer.status !== 200) throw new Error(`GET ${path}: ${problemOf(answer)}`)
    const page = jsonOf(answer) as Record<string, Row[]> & { next_cursor: string | null }
    rows.push(...(page[list] ?? []))
    cursor = page.next_cursor
  } while (cursor !== null)
  return rows
}
