/**
 * The refusal log: keeps the refusals and copies that all isolates report, and gives them to the watch minute by minute. What it writes is bounded by time and not by their number: a
 * report writes a few rows, and each collector reports once a second. It also keeps deliveries that an operator captures.
 */
import { DurableObject } from 'cloudflare:workers'
import type { CaptureWindow } from '../event/captured.ts'
import { wakeWithin } from '../platform/alarm.ts'
import { systemNowMs } from '../platform/clock.ts'
import { type Forgotten, allForgotten } from '../platform/forgotten.ts'
import { makeTables } from '../platform/table-steps.ts'
import { MINUTE_MS } from '../platform/time.ts'
import { MinuteReports } from './minute-reports.ts'
import { type CaptureView, type CapturedDelivery, Captures } from './captures.ts'
import {
  type Arrived,
  type FirstCalls,
  type RefusalClass,
  type RefusalCount,
  type RefusalRecord,
  type RefusalReport,
  type RefusalLogApi,
  type TimeQuery,
  addFirstCalls,
  classOf,
} from './refusal.ts'
import { NO_SIGNS, type PathState, type Sign, withSign } from './path-state.ts'
import { Tally } from './tally.ts'

/** Reports that are kept of each class. Each holds a sample. */
const RING_SLOTS = 256

/** Each class has its own ring, so strangers cannot overwrite an alarm. The last class of a report counts as its newest. */
const RINGS: readonly RefusalClass[] = ['unverified', 'verified', 'alarm']

/** Most refusals that are kept of one class and report: more than the quota of the sample lets in with a dozen codes. */
const LATEST_MAX = 24

/** Reports that each ring has received. */
type Received = Readonly<Record<RefusalClass, number>>

/** A day and an hour: the console shows the last 24 hours. */
const COUNT_MINUTES = 25 * 60

/** Sources that {@link RefusalLog.totals} counts apart, in each group. */
const TOTALS_SOURCES_MAX = 5_000

/** Before the name of a source, in the keys of times of handshakes. */
const HANDSHAKE = 'handshake/'

/** The same for first calls. */
const FIRST_CALLS = 'first-calls/'

/** Key of the signs of life of the path. */
const PATH = 'path'

const TABLE_STEPS = [
  `CREATE TABLE latest (slot INTEGER PRIMARY KEY, seq INTEGER NOT NULL, refusals TEXT NOT NULL);
  CREATE TABLE minutes (slot INTEGER PRIMARY KEY, minute INTEGER NOT NULL, counts TEXT NOT NULL)`,
]

interface Only {
  readonly source?: string | null | undefined
  readonly code?: string | undefined
  readonly network?: string | null | undefined
}

/** Whether a refusal, or a count of them, is among those that are asked for. */
const isOf = ({ source, code, network }: Only, one: Only): boolean =>
  (source ?? one.source) === one.source &&
  (code ?? one.code) === one.code &&
  (network ?? one.network) === one.network

export class RefusalLog extends DurableObject implements RefusalLogApi {
  readonly #sql: SqlStorage
  readonly #captures: Captures
  readonly #arrived: MinuteReports

  readonly #nowMs: () => number

  constructor(ctx: DurableObjectState, env: unknown, nowMs = systemNowMs) {
    super(ctx, env as never)
    this.#nowMs = nowMs
    this.#sql = ctx.storage.sql
    this.#captures = new Captures(ctx.storage)
    this.#arrived = new MinuteReports(ctx.storage)
    makeTables(ctx.storage, 'refusals', TABLE_STEPS)
  }

  async report(report: RefusalReport): Promise<void> {
    const { counts, latest, handshakes = [], firstCalls = [] } = report
    const { kv } = this.ctx.storage
    for (const source of handshakes) kv.put(HANDSHAKE + source, this.#nowMs())
    for (const calls of firstCalls) {
      const key = FIRST_CALLS + calls.source
      kv.put(key, addFirstCalls(kv.get<FirstCalls>(key), calls))
    }
    this.#arrived.add(report, this.#nowMs())
    if (report.acceptedMs !== undefined) await this.sign({ of: 'accepted', atMs: report.acceptedMs })
    const byClass = Map.groupBy(latest, classOf)
    for (const name of RINGS) {
      const refusals = byClass.get(name)
      if (refusals !== undefined) this.#keepLatest(name, refusals)
    }
    for (const [minute, ofMinute] of Map.groupBy(counts, (count) => count.minute)) this.#add(minute, ofMinute)
  }

  async latest(query: {
    readonly source?: string
    readonly sources?: readonly string[]
    readonly code?: string
    readonly network?: string
    readonly sinceMs?: number
    readonly untilMs?: number
    readonly requestId?: string
    readonly class?: RefusalClass
    readonly after?: string
    readonly withPositions?: true
    readonly limit: number
  }): Promise<RefusalRecord[]> {
    await this.#scheduleDeletion()
    const [seq = Number.MAX_SAFE_INTEGER, passed = -1] = query.after?.split('.').map(Number) ?? []
    return (
      this.#sql
        .exec<{ seq: number; refusals: string }>(
          'SELECT seq, refusals FROM latest WHERE seq <= ? ORDER BY seq DESC',
          seq,
        )
        .toArray()
        .flatMap((row) =>
          (JSON.parse(row.refusals) as RefusalRecord[])
            .toReversed()
            .map((one, i) => (query.withPositions ? { ...one, position: `${row.seq}.${i}` } : one))
            .slice(row.seq === seq ? passed + 1 : 0),
        )
        // A gateway that is older than this object reports none.
        .filter(({ decision }: Partial<RefusalRecord>) => decision !== undefined)
        .filter((one) => query.class === undefined || query.class === classOf(one))
        .filter(({ requestId }) => (query.requestId ?? requestId) === requestId)
        .filter(({ source }) => query.sources?.includes(source ?? '') ?? true)
        .filter((one) => isOf(query, one))
        .filter(({ atMs }) => atMs >= (query.sinceMs ?? 0) && atMs < (query.untilMs ?? Infinity))
        .slice(0, query.limit)
    )
  }

  async handshakeMs(source: string): Promise<number | null> {
    return this.ctx.storage.kv.get<number>(HANDSHAKE + source) ?? null
  }

  async firstCalls(source: string): Promise<FirstCalls | null> {
    return this.ctx.storage.kv.get<FirstCalls>(FIRST_CALLS + source) ?? null
  }

  async totals(sinceMinute: number, untilMinute = Number.MAX_SAFE_INTEGER): Promise<RefusalCount[]> {
    const tally = new Tally(TOTALS_SOURCES_MAX, false)
    // Minute by minute: a day of an attack from many networks would fill the memory.
    for (const { counts } of this.#sql.exec<{ counts: string }>(
      'SELECT counts FROM minutes WHERE minute BETWEEN ? AND ? ORDER BY minute',
      sinceMinute,
      untilMinute,
    ))
      for (const count of JSON.parse(counts) as RefusalCount[]) tally.add(count)
    return tally.counts.sort((a, b) => b.count - a.count)
  }

  async byTime(query: TimeQuery): Promise<number[]> {
    const sums = Array.from({ length: query.steps }, () => 0)
    for (const [step, { count }] of this.#counted(query)) sums[step] = (sums[step] ?? 0) + count
    return sums
  }

  async bySource(query: TimeQuery): Promise<Record<string, number[]>> {
    const found = new Map<string, number[]>()
    for (const [step, { source, count }] of this.#counted(query)) {
      if (source === null) continue
      const sums = found.get(source) ?? Array.from({ length: query.steps }, () => 0)
      sums[step] = (sums[step] ?? 0) + count
      found.set(source, sums)
    }
    return Object.fromEntries(found)
  }

  /** Counts of a span of time, each with its step. */
  *#counted({
    sinceMinute,
    stepMinutes,
    steps,
    sources,
    ...only
  }: TimeQuery): Generator<[number, RefusalCount]> {
    for (const { minute, counts } of this.#sql.exec<{ minute: number; counts: string }>(
      'SELECT minute, counts FROM minutes WHERE minute >= ? AND minute < ?',
      sinceMinute,
      sinceMinute + stepMinutes * steps,
    )) {
      const step = Math.floor((minute - sinceMinute) / stepMinutes)
      for (const one of JSON.parse(counts) as RefusalCount[])
        if (isOf(only, one) && (sources?.includes(one.source ?? '') ?? true)) yield [step, one]
    }
  }

  async arrived(minute: number): Promise<Arrived> {
    return this.#arrived.of(minute, this.#nowMs())
  }

  async sign(sign: Sign): Promise<void> {
    const before = await this.path()
    const after = withSign(before, sign, this.#nowMs())
    if (after !== before) this.ctx.storage.kv.put(PATH, after)
  }

  async path(): Promise<PathState> {
    return this.ctx.storage.kv.get<PathState>(PATH) ?? NO_SIGNS
  }

  async forget(beforeMs: number, plan: boolean): Promise<Forgotten> {
    const minute = Math.floor(beforeMs / MINUTE_MS)
    return this.ctx.storage.transactionSync(() => {
      const samples = this.#forgetLatest(beforeMs, plan)
      const { first } = this.#sql
        .exec<{ first: number | null }>(
          'SELECT min(minute) AS first FROM minutes WHERE minute >= ?',
          plan ? 0 : minute,
        )
        .one()
      if (!plan) {
        this.#sql.exec('DELETE FROM minutes WHERE minute < ?', minute)
        this.#arrived.forget(minute)
        const { kv } = this.ctx.storage
        for (const [key, atMs] of Array.from(kv.list<number>({ prefix: HANDSHAKE })))
          if (atMs < beforeMs) kv.delete(key)
        for (const [key, { lastMs }] of Array.from(kv.list<FirstCalls>({ prefix: FIRST_CALLS })))
          if (lastMs < beforeMs) kv.delete(key)
      }
      const counts = { count: 0, isMore: false, oldestMs: first === null ? null : first * MINUTE_MS }
      return allForgotten([samples, counts])
    })
  }

  async beginCapture(source: string, window: CaptureWindow): Promise<void> {
    this.#captures.begin(source, window)
    await this.#scheduleDeletion()
  }

  async endCapture(source: string): Promise<void> {
    this.#captures.end(source)
  }

  async capture(delivery: CapturedDelivery): Promise<boolean> {
    return this.#captures.keep(delivery)
  }

  async viewCapture(source: string, atMs: number): Promise<CaptureView | null> {
    return this.#captures.view(source, atMs)
  }

  async readCaptured(source: string, requestId: string, atMs: number) {
    return this.#captures.read(source, requestId, atMs)
  }

  /** Deletes captured deliveries whose hour is over. */
  override async alarm(): Promise<void> {
    this.#captures.deleteExpired(this.#nowMs())
    await this.#scheduleDeletion()
  }

  async #scheduleDeletion(): Promise<void> {
    const nextMs = this.#captures.nextDeletionMs()
    const nowMs = this.#nowMs()
    if (nextMs !== null) await wakeWithin(this.ctx.storage, nextMs - nowMs, nowMs)
  }

  #keepLatest(name: RefusalClass, refusals: readonly RefusalRecord[]): void {
    const { kv } = this.ctx.storage
    const before = kv.get<Received>('received') ?? { unverified: 0, verified: 0, alarm: 0 }
    const received = { ...before, [name]: before[name] + 1 }
    kv.put('received', received)
    this.#sql.exec(
      'INSERT OR REPLACE INTO latest (slot, seq, refusals) VALUES (?, ?, ?)',
      RINGS.indexOf(name) * RING_SLOTS + (received[name] % RING_SLOTS),
      // Grows by one with each report of any class, so it orders all.
      received.unverified + received.verified + received.alarm,
      JSON.stringify(refusals.slice(-LATEST_MAX)),
    )
  }

  #forgetLatest(beforeMs: number, plan: boolean): Forgotten {
    let count = 0
    let oldestMs: number | null = null
    for (const { slot, refusals } of this.#sql
      .exec<{ slot: number; refusals: string }>('SELECT slot, refusals FROM latest')
      .toArray()) {
      const all = JSON.parse(refusals) as RefusalRecord[]
      const kept = all.filter(({ atMs }) => atMs >= beforeMs)
      count += all.length - kept.length
      for (const { atMs } of plan ? all : kept) oldestMs = Math.min(oldestMs ?? atMs, atMs)
      if (plan || kept.length === all.length) continue
      if (kept.length === 0) this.#sql.exec('DELETE FROM latest WHERE slot = ?', slot)
      else this.#sql.exec('UPDATE latest SET refusals = ? WHERE slot = ?', JSON.stringify(kept), slot)
    }
    return { count, isMore: false, oldestMs }
  }

  /** One row a minute. It overwrites that of 25 hours ago, so nothing is ever deleted. */
  #add(minute: number, counts: readonly RefusalCount[]): void {
    const slot = minute % COUNT_MINUTES
    const [row] = this.#sql
      .exec<{ counts: string }>('SELECT counts FROM minutes WHERE slot = ? AND minute = ?', slot, minute)
      .toArray()
    const tally = new Tally()
    const known = row === undefined ? [] : (JSON.parse(row.counts) as RefusalCount[])
    for (const count of [...known, ...counts]) tally.add(count)
    this.#sql.exec(
      'INSERT OR REPLACE INTO minutes (slot, minute, counts) VALUES (?, ?, ?)',
      slot,
      minute,
      JSON.stringify(tally.counts),
    )
  }
}
