/**
 * Tells the operator of refusals: a log line and the watch. Refusals that strangers cause are bounded by time: the first few
 * of a second are told one by one, the rest is counted.
 */
import type { Decision } from '../event/decision.ts'
import type { Log, LogFields } from '../platform/log.ts'
import type { RefusalCount, RefusalRecord, RefusalReport } from '../watch/refusal.ts'

/** Between two reports to the watch. */
const REPORT_EVERY_MS = 1_000
/** Refusals of a second that get a line of their own and a place in the watch's ring. */
const TOLD_PER_SECOND = 10
/** Different counts kept apart until the next report; past it only the code is kept. */
const COUNTS_MAX = 500

/** Refusals that no mistake explains: somebody holds a genuine proof and puts it around bytes of their own. */
const ALARMS: ReadonlySet<string> = new Set(['token_reused'])

/** The decision of a delivery as a log line has it. */
export const decisionFields = ({ authentication, security, processing }: Decision): Partial<LogFields> => ({
  authentication: authentication.status,
  security: security.status,
  processing: processing.status,
  methods: authentication.proved.length > 0 ? authentication.proved : authentication.tried,
  failed_checks: security.failed,
  alerts: security.alerts,
  degraded: security.degraded ?? undefined,
})

export class Reporter {
  readonly #send: (report: RefusalReport) => Promise<void>
  readonly #log: Log
  #counts = new Map<string, RefusalCount>()
  #latest: RefusalRecord[] = []
  #untold = 0
  #waiting = false
  #secondStartedMs = 0
  #toldThisSecond = 0

  constructor(send: (report: RefusalReport) => Promise<void>, log: Log) {
    this.#send = send
    this.#log = log
  }

  /** @param inBackground keeps the report alive after the answer */
  refused(record: RefusalRecord, inBackground: (work: Promise<unknown>) => void): void {
    this.#count(record)
    if (this.#mayTell(record.atMs)) {
      this.#latest.push(record)
      this.#log({
        event: ALARMS.has(record.code) ? 'alarm' : 'delivery_refused',
        request_id: record.requestId,
        source: record.source ?? undefined,
        provider: record.provider ?? undefined,
        code: record.code,
        status: record.status,
        ...decisionFields(record.decision),
      })
    } else this.#untold += 1
    if (this.#waiting) return
    this.#waiting = true
    inBackground(this.#reportSoon())
  }

  #mayTell(atMs: number): boolean {
    if (Math.abs(atMs - this.#secondStartedMs) >= 1_000) {
      this.#secondStartedMs = atMs
      this.#toldThisSecond = 0
    }
    return this.#toldThisSecond++ < TOLD_PER_SECOND
  }

  #count({ atMs, source, code, network }: RefusalRecord): void {
    const crowded = this.#counts.size >= COUNTS_MAX
    const minute = Math.floor(atMs / 60_000)
    const one = { minute, code, source: crowded ? null : source, network: crowded ? 'other' : network }
    const key = JSON.stringify([minute, code, one.source, one.network])
    this.#counts.set(key, { ...one, count: 1 + (this.#counts.get(key)?.count ?? 0) })
  }

  async #reportSoon(): Promise<void> {
    await scheduler.wait(REPORT_EVERY_MS)
    const report = { counts: [...this.#counts.values()], latest: this.#latest }
    if (this.#untold > 0) this.#log({ event: 'refusals_untold', count: this.#untold })
    this.#counts = new Map()
    this.#latest = []
    this.#untold = 0
    this.#waiting = false
    // The watch is for looking, not for deciding: what it misses is in the log.
    await this.#send(report).catch(() =>
      this.#log({ event: 'watch_unavailable', count: report.counts.length }),
    )
  }
}
