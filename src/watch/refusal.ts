/** What the gateway tells the watch of a refusal, and what the operator reads back. */
import type { Decision } from '../event/decision.ts'

/**
 * Who can cause a refusal: anybody (`unverified`), or a holder of a genuine proof (`verified`). An `alarm` is one that no mistake
 * explains. Each class has its own share of whatever is bounded, so that strangers hide nothing but what strangers do.
 */
export type RefusalClass = 'unverified' | 'verified' | 'alarm'

/** Somebody holds a genuine proof and puts it around bytes of their own. */
const ALARMS: ReadonlySet<string> = new Set(['token_reused'])

/** @param record a gateway that is older than this code may report no decision */
export function classOf({
  code,
  decision,
}: Pick<RefusalRecord, 'code'> & Partial<RefusalRecord>): RefusalClass {
  if (ALARMS.has(code)) return 'alarm'
  return decision?.authentication.status === 'verified' ? 'verified' : 'unverified'
}

/** A delivery that was turned away. Text fields hold no secret, signature or recipient. */
export interface RefusalRecord {
  readonly requestId: string
  readonly atMs: number
  readonly source: string | null
  readonly provider: string | null
  readonly code: string
  readonly status: number
  /** The refusal's own numbers and names, for instance `{ageSeconds: 400, windowSeconds: 300}`. */
  readonly detail: Readonly<Record<string, string | number | readonly string[]>>
  readonly decision: Decision
  /** /24 or /48 of the client, never the whole address; null when unknown. */
  readonly network: string | null
}

/** Refusals of one minute by what they have in common. */
export interface RefusalCount {
  readonly minute: number
  /** Absent in what an older gateway reported: `unverified`. */
  readonly class?: RefusalClass
  readonly source: string | null
  readonly code: string
  readonly network: string | null
  readonly count: number
}

export interface RefusalReport {
  readonly counts: readonly RefusalCount[]
  /** A sample, newest last, bounded by the sender. */
  readonly latest: readonly RefusalRecord[]
}

/** The watch's calls. */
export interface WatchApi {
  report(report: RefusalReport): Promise<void>
  /** Newest first. */
  latest(query: {
    readonly source?: string | undefined
    /** Only of these; refusals of no source are of none of them. */
    readonly sources?: readonly string[] | undefined
    readonly code?: string | undefined
    readonly requestId?: string | undefined
    readonly class?: RefusalClass | undefined
    readonly limit: number
  }): Promise<RefusalRecord[]>
  /** Totals since a minute (Unix minutes), largest first. */
  totals(sinceMinute: number): Promise<RefusalCount[]>
}
