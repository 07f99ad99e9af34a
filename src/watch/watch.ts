/**
 * The watch: hears of refusals from all isolates. What it writes is bounded by time, not by the number of refusals: two
 * rows a report, and a gateway isolate reports at most once a second.
 */
import { DurableObject } from 'cloudflare:workers'
import type { RefusalCount, RefusalRecord, RefusalReport, WatchApi } from './refusal.ts'

/** Reports that are kept for the latest refusals; each holds a sample. */
const RING_SLOTS = 256

/** Most refusals of one report that are kept whole. */
const LATEST_MAX = 20

/** Different counts of one minute that are kept apart; the rest is counted under `other`. */
const COUNTS_MAX = 200

/** A day and an hour: what the console can look back on. */
const COUNT_MINUTES = 25 * 60

export class Watch extends DurableObject implements WatchApi {
  readonly #sql: SqlStorage

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never)
    this.#sql = ctx.storage.sql
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS latest (slot INTEGER PRIMARY KEY, seq INTEGER NOT NULL, refusals TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS minutes (slot INTEGER PRIMARY KEY, minute INTEGER NOT NULL, counts TEXT NOT NULL)`)
  }

  async report({ counts, latest }: RefusalReport): Promise<void> {
    const seq = (this.ctx.storage.kv.get<number>('seq') ?? 0) + 1
    if (latest.length > 0) {
      this.ctx.storage.kv.put('seq', seq)
      this.#sql.exec(
        'INSERT OR REPLACE INTO latest (slot, seq, refusals) VALUES (?, ?, ?)',
        seq % RING_SLOTS,
        seq,
        JSON.stringify(latest.slice(-LATEST_MAX)),
      )
    }
    for (const [minute, ones] of Map.groupBy(counts, (count) => count.minute)) this.#add(minute, ones)
  }

  async latest(query: {
    readonly source?: string
    readonly sources?: readonly string[]
    readonly code?: string
    readonly limit: number
  }): Promise<RefusalRecord[]> {
    return (
      this.#sql
        .exec<{ refusals: string }>('SELECT refusals FROM latest ORDER BY seq DESC')
        .toArray()
        .flatMap(({ refusals }) => (JSON.parse(refusals) as RefusalRecord[]).toReversed())
        // A gateway that is older than this object reports none.
        .filter(({ decision }: Partial<RefusalRecord>) => decision !== undefined)
        .filter(({ source }) => query.sources?.includes(source ?? '') ?? true)
        .filter(({ source, code }) => (query.source ?? source) === source && (query.code ?? code) === code)
        .slice(0, query.limit)
    )
  }

  async totals(sinceMinute: number): Promise<RefusalCount[]> {
    const rows = this.#sql
      .exec<{ counts: string }>('SELECT counts FROM minutes WHERE minute >= ? ORDER BY minute', sinceMinute)
      .toArray()
    return rows
      .flatMap(({ counts }) => JSON.parse(counts) as RefusalCount[])
      .sort((a, b) => b.count - a.count)
  }

  /** One row a minute: the slot of a minute long past is written over, so nothing is ever deleted. */
  #add(minute: number, counts: readonly RefusalCount[]): void {
    const slot = minute % COUNT_MINUTES
    const [row] = this.#sql
      .exec<{ counts: string }>('SELECT counts FROM minutes WHERE slot = ? AND minute = ?', slot, minute)
      .toArray()
    const known = row === undefined ? [] : (JSON.parse(row.counts) as RefusalCount[])
    this.#sql.exec(
      'INSERT OR REPLACE INTO minutes (slot, minute, counts) VALUES (?, ?, ?)',
      slot,
      minute,
      JSON.stringify(merge(minute, [...known, ...counts])),
    )
  }
}

/** Adds up what has source, code and network in common; past the limit, network and source are given up. */
function merge(minute: number, counts: readonly RefusalCount[]): RefusalCount[] {
  const sums = new Map<string, RefusalCount>()
  for (const one of counts) {
    const whole =
      sums.size < COUNTS_MAX || sums.has(keyOf(one)) ? one : { ...one, source: null, network: 'other' }
    const sum = sums.get(keyOf(whole))
    sums.set(keyOf(whole), { ...whole, minute, count: whole.count + (sum?.count ?? 0) })
  }
  return [...sums.values()]
}

const keyOf = ({ source, code, network }: RefusalCount): string => JSON.stringify([source, code, network])
