/**
 * Reports refusals to the operator: in the log and in the watch. Both are bounded by time: of each second's refusals the first
 * few are logged one by one, and the others are counted. Each class of refusals has its own share, so strangers cannot hide an
 * alarm.
 */
import type { Decision } from '../event/decision.ts'
import { BatchWindow } from '../platform/batch-window.ts'
import type { Log, LogFields } from '../platform/log.ts'
import { type RefusalClass, type RefusalRecord, type RefusalReport, classOf } from '../watch/refusal.ts'
import { Tally } from '../watch/tally.ts'

/** Refusals of one class and second that are logged and kept in the watch's ring. */
const LOGGED_PER_CLASS = 10
/** The same for one source, so that one captured proof cannot hide another. All unknown names count as one source. */
const LOGGED_PER_SOURCE = 5

/** The fields of a log line that state the decision of a delivery. */
export const decisionFields = ({ authentication, security, processing }: Decision): Partial<LogFields> => ({
  authentication: authentication.status,
  security: security.status,
  processing: processing.status,
  methods: authentication.verified.length > 0 ? authentication.verified : authentication.attempted,
  failed_checks: security.failed,
  alerts: security.alerts,
  degraded: security.degraded ?? undefined,
})

/** The refusals of one report. */
class Refusals {
  readonly tally = new Tally()
  readonly latest: RefusalRecord[] = []
  notLogged = 0
  readonly #logged = new Map<string, number>()

  /** Counts a refusal. @returns whether it is to be logged */
  add(record: RefusalRecord): boolean {
    const { atMs, source, code, network } = record
    const name = classOf(record)
    this.tally.add({ minute: Math.floor(atMs / 60_000), class: name, source, code, network, count: 1 })
    const isLogged = this.#takePlace(name, source)
    if (isLogged) this.latest.push(record)
    else this.notLogged += 1
    return isLogged
  }

  /** Whether the class and the source have logged less than their shares; if so, counts one more. */
  #takePlace(name: RefusalClass, source: string | null): boolean {
    const key = JSON.stringify([name, source])
    const ofClass = this.#logged.get(name) ?? 0
    const ofSource = this.#logged.get(key) ?? 0
    if (ofClass >= LOGGED_PER_CLASS || ofSource >= LOGGED_PER_SOURCE) return false
    this.#logged.set(name, ofClass + 1)
    this.#logged.set(key, ofSource + 1)
    return true
  }
}

export class Reporter {
  readonly #send: (report: RefusalReport) => Promise<void>
  readonly #log: Log
  readonly #window = new BatchWindow(
    () => new Refusals(),
    (refusals) => this.#report(refusals),
  )

  constructor(send: (report: RefusalReport) => Promise<void>, log: Log) {
    this.#send = send
    this.#log = log
  }

  /** @param inBackground keeps the report alive after the answer */
  refused(record: RefusalRecord, inBackground: (work: Promise<unknown>) => void): void {
    if (!this.#window.at(record.atMs, inBackground).add(record)) return
    this.#log({
      event: classOf(record) === 'alarm' ? 'alarm' : 'delivery_refused',
      request_id: record.requestId,
      source: record.source ?? undefined,
      provider: record.provider ?? undefined,
      code: record.code,
      status: record.status,
      ...decisionFields(record.decision),
    })
  }

  async #report({ tally, latest, notLogged }: Refusals): Promise<void> {
    if (notLogged > 0) this.#log({ event: 'refusals_not_logged', count: notLogged })
    const { counts } = tally
    // Nothing is decided by the watch. What it misses is in the log.
    await this.#send({ counts, latest }).catch(() =>
      this.#log({ event: 'watch_unavailable', count: counts.length }),
    )
  }
}
