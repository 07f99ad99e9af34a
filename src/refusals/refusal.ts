/** Report of the gateway about a refusal, and its form for the operator. */
import type { CapturesApi } from './captures.ts'
import type { Decision } from '../event/decision.ts'
import type { Lacking } from '../event/lack.ts'
import type { PathState, Sign } from './path-state.ts'
import type { Forgotten } from '../platform/forgotten.ts'

/**
 * Group of people who can cause a refusal: anybody (`unverified`), or a holder of a genuine credential (`verified`). An `alarm` is a
 * refusal that no mistake explains. Each class has its own share of everything that is bounded, so strangers can hide only other strangers.
 */
export type RefusalClass = 'unverified' | 'verified' | 'alarm'

/** Somebody has a genuine proof and presents it with a body of their own. */
const ALARMS: ReadonlySet<string> = new Set(['token_reused'])

/** A gateway that is older than this code may report no decision. */
export function classOf({
  code,
  decision,
}: Pick<RefusalRecord, 'code'> & Partial<RefusalRecord>): RefusalClass {
  if (ALARMS.has(code)) return 'alarm'
  return decision?.authentication.status === 'verified' ? 'verified' : 'unverified'
}

/** A delivery that was refused. Its texts hold no secret, signature or recipient. */
export interface RefusalRecord {
  readonly requestId: string
  readonly atMs: number
  readonly source: string | null
  readonly provider: string | null
  readonly code: string
  readonly status: number
  /** Values that explain the code, for instance `{ageSeconds: 400, windowSeconds: 300}`. */
  readonly detail: Readonly<Record<string, string | number | readonly string[]>>
  readonly decision: Decision
  /** /24 or /48 of the client, never the whole address; null if unknown. */
  readonly network: string | null
  /** Whether the request had the header of a probe, see `platform/probe-header.ts`. */
  readonly probe?: true
  /** Place in the log, if it was asked for. An older log gives none. */
  readonly position?: string
}

/** How many refusals of one minute have these fields in common. */
export interface RefusalCount {
  readonly minute: number
  /** Absent in reports of an older gateway: `unverified`. */
  readonly class?: RefusalClass
  readonly source: string | null
  readonly code: string
  readonly network: string | null
  /** Number of the autonomous system of the network; null or absent if unknown. */
  readonly asn?: number | null
  readonly count: number
}

/** Copies of accepted deliveries of one source. Only verified deliveries are copies, so the source exists. */
export interface DuplicateCount {
  readonly source: string
  readonly count: number
}

/** Deliveries that were accepted of a source that only observes. */
export interface ObservedCount {
  readonly source: string
  /** /24 or /48 of the client; null if unknown, `other` past a bound. */
  readonly network: string | null
  readonly count: number
}

/** Items of accepted deliveries of one source that lack the same. */
export interface DefectCount extends Lacking {
  readonly source: string
}

export interface RefusalReport {
  readonly counts: readonly RefusalCount[]
  /** A sample, newest last. The gateway bounds it. */
  readonly latest: readonly RefusalRecord[]
  /** Absent in reports of an older gateway. */
  readonly duplicates?: readonly DuplicateCount[]
  /** Absent in reports of an older gateway. */
  readonly defects?: readonly DefectCount[]
  /** Absent in reports of an older gateway, or if there are none. */
  readonly observed?: readonly ObservedCount[]
  /** Sources whose sender has asked whether the URL answers, and was answered. */
  readonly handshakes?: readonly string[]
  /** First calls that were answered while a set-up was open. */
  readonly firstCalls?: readonly FirstCalls[]
  /** When deliveries were queued. Absent if none was, or if that was reported within the minute. */
  readonly acceptedMs?: number
}

/** First calls of one kind, of a source and an opening of its set-up. */
export interface FirstCalls {
  readonly source: string
  readonly kind: string
  readonly openedAtMs: number
  readonly count: number
  readonly lastMs: number
}

/** The sum of both, if they are of the same opening and kind; else the later one. */
export function addFirstCalls(one: FirstCalls | undefined, other: FirstCalls): FirstCalls {
  if (one === undefined) return other
  if (one.openedAtMs !== other.openedAtMs || one.kind !== other.kind)
    return one.openedAtMs > other.openedAtMs ? one : other
  return { ...other, count: one.count + other.count, lastMs: Math.max(one.lastMs, other.lastMs) }
}

/** Objects between the gateway's isolates and the refusal log. */
export const COLLECTORS = 16

/** The calls of an object that collects reports. */
export interface CollectorApi {
  /** Resolves when the report is in memory. */
  report(report: RefusalReport): Promise<void>
}

/** Reports that arrived in one minute. */
export interface Arrived {
  readonly refused: readonly RefusalCount[]
  readonly duplicates: readonly DuplicateCount[]
  /** Absent if there are none. */
  readonly observed?: readonly ObservedCount[]
  /** Absent if there are none. */
  readonly defects?: readonly DefectCount[]
}

/** The object of the refusal log. Its name must stay, because it decides which storage the object has. */
export const refusalLogIn = <Stub>({
  REFUSALS,
}: {
  readonly REFUSALS: { getByName(name: string): Stub }
}): Stub => REFUSALS.getByName('refusals')

/** Steps of a span of time, and what is counted in them. */
export interface TimeQuery {
  readonly sinceMinute: number
  readonly stepMinutes: number
  readonly steps: number
  readonly source?: string | undefined
  readonly sources?: readonly string[] | undefined
  readonly code?: string | undefined
  readonly network?: string | undefined
}

/** Calls of the refusal log. */
export interface RefusalLogApi extends CapturesApi {
  report(report: RefusalReport): Promise<void>
  /** Newest first. */
  latest(query: {
    readonly source?: string | undefined
    /** Only of these sources, so none without a source. */
    readonly sources?: readonly string[] | undefined
    readonly code?: string | undefined
    readonly network?: string | undefined
    /** From this time on, and before the next. */
    readonly sinceMs?: number | undefined
    readonly untilMs?: number | undefined
    readonly requestId?: string | undefined
    readonly class?: RefusalClass | undefined
    /** Only those behind this position, so older ones. */
    readonly after?: string | undefined
    readonly withPositions?: true
    readonly limit: number
  }): Promise<RefusalRecord[]>
  /** When the last handshake of a source was answered, in milliseconds; null if none was. */
  handshakeMs(source: string): Promise<number | null>
  /** First calls of a source while its set-up was open for the last time; null if none was answered. */
  firstCalls(source: string): Promise<FirstCalls | null>
  /**
   * Totals from one minute (Unix minutes) to another, largest first. Each has the minute of its last refusal.
   *
   * @param untilMinute inclusive; an older log ignores it
   */
  totals(sinceMinute: number, untilMinute?: number): Promise<RefusalCount[]>
  /**
   * How many refusals each step of a span of time has, the oldest step first. A log older than version 0.4.0 does not have the call.
   *
   * @param query.sources only of these sources, so none without a source
   */
  byTime(query: TimeQuery): Promise<number[]>
  /** As {@link byTime}, of each source that has any. */
  bySource(query: TimeQuery): Promise<Readonly<Record<string, readonly number[]>>>
  /**
   * Reports that arrived in a minute (Unix minutes) that is over, whenever the refusals happened: each report is in exactly one minute. The
   * same minute again is the same. Empty if it was more than a day ago.
   */
  arrived(minute: number): Promise<Arrived>
  /** A sign of life of the path. */
  sign(sign: Sign): Promise<void>
  path(): Promise<PathState>
  /** Removes samples and counts that are older than a time. @param plan only counts the samples that it would remove */
  forget(beforeMs: number, plan: boolean): Promise<Forgotten>
}
