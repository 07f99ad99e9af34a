/**
 * Reports refusals in the Worker's log and to the refusal log, and to the latter copies of accepted deliveries and what their items lack. Both are bounded by
 * time: of each second's refusals the first few are logged one by one, and the others are counted. Each class of refusals has its own share, so strangers cannot hide an
 * alarm.
 */
import type { Decision } from '../event/decision.ts'
import { BatchWindow } from '../platform/batch-window.ts'
import type { Log, LogFields } from '../platform/log.ts'
import type { Defect } from '../providers/shared/defects.ts'
import { ReportBatch } from '../refusals/batch.ts'
import { SIGN_EVERY_MS } from '../refusals/path-state.ts'
import { type RefusalRecord, type RefusalReport, classOf } from '../refusals/refusal.ts'
import { Examples } from './examples.ts'
import type { AnsweredFirstCall } from './first-call.ts'

/** The fields of a log line that state the decision of a delivery. */
export const decisionFields = ({ authentication, security, processing }: Decision): Partial<LogFields> => ({
  authentication: authentication.status,
  security: security.status,
  processing: processing.status,
  methods: authentication.verified.length > 0 ? authentication.verified : authentication.attempted,
  failed_checks: security.failed.length > 0 ? security.failed : undefined,
  alerts: security.alerts.length > 0 ? security.alerts : undefined,
  degraded: security.degraded ?? undefined,
})

/** Reports of one second, and how many of them are not in the log. */
interface Second {
  readonly batch: ReportBatch
  notLogged: number
}

export class Reporter {
  readonly #send: (report: RefusalReport) => Promise<void>
  readonly #log: Log
  readonly #window: BatchWindow<Second>
  readonly #examples = new Examples()
  #acceptedMs = -Infinity

  constructor(
    send: (report: RefusalReport) => Promise<void>,
    log: Log,
    pause?: (ms: number) => Promise<void>,
  ) {
    this.#send = send
    this.#log = log
    this.#window = new BatchWindow<Second>(
      () => ({ batch: new ReportBatch(), notLogged: 0 }),
      (second) => this.#report(second),
      pause,
    )
  }

  /**
   * @param inBackground keeps the report alive after the answer
   * @param asn number of the client's autonomous system
   */
  refused(
    record: RefusalRecord,
    inBackground: (work: Promise<unknown>) => void,
    asn: number | null = null,
  ): void {
    const { atMs, source, code, network } = record
    const second = this.#window.at(atMs, inBackground)
    const minute = Math.floor(atMs / 60_000)
    second.batch.count({ minute, class: classOf(record), source, code, network, asn, count: 1 })
    if (!second.batch.sample(record)) {
      second.notLogged += 1
      return
    }
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

  /** A copy of an accepted delivery. */
  duplicate(source: string, atMs: number, inBackground: (work: Promise<unknown>) => void): void {
    this.#window.at(atMs, inBackground).batch.duplicate(source, 1)
  }

  /** A delivery that was accepted of a source that only observes: the store does not count it. @param network null if unknown */
  observed(
    source: string,
    network: string | null,
    atMs: number,
    inBackground: (work: Promise<unknown>) => void,
  ): void {
    this.#window.at(atMs, inBackground).batch.observed({ source, network, count: 1 })
  }

  /** Defects of the items of an accepted delivery. @param provider as people know it */
  defects(
    source: string,
    provider: string,
    defects: readonly Defect[],
    atMs: number,
    inBackground: (work: Promise<unknown>) => void,
  ): void {
    if (defects.length === 0) return
    const { batch } = this.#window.at(atMs, inBackground)
    const shown = this.#examples.of(source, defects, atMs)
    for (const one of defects) {
      const { type, lack, count } = one
      batch.defect({
        source,
        provider,
        type,
        lack,
        count,
        ...(one === shown?.defect && { example: shown.example }),
      })
    }
  }

  /** A delivery that was queued: a sign of life, once a minute of each isolate. */
  accepted(atMs: number, inBackground: (work: Promise<unknown>) => void): void {
    if (Math.abs(atMs - this.#acceptedMs) < SIGN_EVERY_MS) return
    this.#acceptedMs = atMs
    this.#window.at(atMs, inBackground).batch.accepted(atMs)
  }

  /** An answered handshake: the sender has the right URL. */
  handshake(source: string, atMs: number, inBackground: (work: Promise<unknown>) => void): void {
    this.#window.at(atMs, inBackground).batch.handshake(source)
  }

  /** An answered first call of a source whose set-up is open. */
  firstCall(
    source: string,
    call: AnsweredFirstCall,
    atMs: number,
    inBackground: (work: Promise<unknown>) => void,
  ): void {
    this.#window.at(atMs, inBackground).batch.firstCall({ source, ...call, count: 1, lastMs: atMs })
  }

  async #report({ batch: { report }, notLogged }: Second): Promise<void> {
    if (notLogged > 0) this.#log({ event: 'refusals_not_logged', count: notLogged })
    // Nothing is decided by the refusal log. What it misses is in the Worker's log.
    await this.#send(report).catch(() =>
      this.#log({ event: 'refusals_unavailable', count: report.counts.length }),
    )
  }
}
