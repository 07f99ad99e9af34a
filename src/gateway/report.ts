/**
 * Tells the operator of refusals: a log line and the watch. Both are bounded by time: of each second's refusals the first few are
 * told one by one, and the rest is counted. Each class of refusals has a share of its own, so that strangers hide no alarm.
 */
import type { Decision } from '../event/decision.ts'
import { BatchWindow } from '../platform/batch-window.ts'
import type { Log, LogFields } from '../platform/log.ts'
import { type RefusalClass, type RefusalRecord, type RefusalReport, classOf } from '../watch/refusal.ts'
import { Tally } from '../watch/tally.ts'

/** Refusals of one class and second that get a line of their own and a place in the watch's ring. */
const TOLD_OF_A_CLASS = 10
/** Of these for one source, so that one captured proof does not hide another. Unknown names are one source. */
const TOLD_OF_A_SOURCE = 5

/** The decision of a delivery as a log line has it. */
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
  readonly #told = new Map<string, number>()

  /** Counts it. @returns whether it is one of the first few */
  add(record: RefusalRecord): boolean {
    const { atMs, source, code, network } = record
    const name = classOf(record)
    this.tally.add({ minute: Math.floor(atMs / 60_000), class: name, source, code, network, count: 1 })
    const isTold = this.#mayTell(name, source)
    if (isTold) this.latest.push(record)
    else this.notLogged += 1
    return isTold
  }

  #mayTell(name: RefusalClass, source: string | null): boolean {
    const ofSource = JSON.stringify([name, source])
    const [told, toldOfSource] = [this.#told.get(name) ?? 0, this.#told.get(ofSource) ?? 0]
    if (told >= TOLD_OF_A_CLASS || toldOfSource >= TOLD_OF_A_SOURCE) return false
    this.#told.set(name, told + 1)
    this.#told.set(ofSource, toldOfSource + 1)
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
    // The watch is for looking, not for deciding: what it misses is in the log.
    await this.#send({ counts, latest }).catch(() =>
      this.#log({ event: 'watch_unavailable', count: counts.length }),
    )
  }
}
