/**
 * Collects the reports of many isolates for the refusal log, so that it is called by as many objects as there are, and not by as many
 * isolates. It keeps nothing: if it dies, the reports of its last second are lost, as they are with an isolate. The log has them.
 */
import { DurableObject } from 'cloudflare:workers'
import { systemNowMs } from '../platform/clock.ts'
import { consoleLog } from '../platform/log.ts'
import { ReportBatch } from './batch.ts'
import { type CollectorApi, type RefusalLogApi, type RefusalReport, refusalLogIn } from './refusal.ts'

/** Between two calls of the refusal log. The first report after a pause goes on at once. */
const PAUSE_MS = 1_000

/** The same if one of the refusals is an alarm. A flood of alarms must not become a flood of calls, either. */
const ALARM_PAUSE_MS = 250

export interface CollectorEnv {
  readonly REFUSALS: { getByName(name: string): Pick<RefusalLogApi, 'report'> }
}

export class Collector extends DurableObject<CollectorEnv> implements CollectorApi {
  #batch = new ReportBatch()
  #sentAtMs = -Infinity
  /** The latest forwarding. An earlier one that wakes up after it finds nothing to do. */
  #forwarding = 0
  readonly #nowMs: () => number

  constructor(ctx: DurableObjectState, env: CollectorEnv, nowMs = systemNowMs) {
    super(ctx, env)
    this.#nowMs = nowMs
  }

  async report(report: RefusalReport): Promise<void> {
    const hadAlarm = this.#batch.hasAlarm
    this.#batch.add(report)
    const isFirst = this.#batch.reports === 1
    if (!isFirst && (hadAlarm || !this.#batch.hasAlarm)) return
    const pauseMs = this.#batch.hasAlarm ? ALARM_PAUSE_MS : PAUSE_MS
    // A clock that was set back makes nobody wait for longer than the pause.
    const sinceMs = Math.max(0, this.#nowMs() - this.#sentAtMs)
    this.#forwarding += 1
    this.ctx.waitUntil(this.#forward(this.#forwarding, pauseMs - sinceMs))
  }

  async #forward(forwarding: number, waitMs: number): Promise<void> {
    if (waitMs > 0) await scheduler.wait(waitMs)
    if (this.#forwarding !== forwarding) return
    const { report } = this.#batch
    this.#batch = new ReportBatch()
    this.#sentAtMs = this.#nowMs()
    try {
      await refusalLogIn(this.env).report(report)
    } catch {
      // Whether the refusal log has counted it is not known, so it is not sent again.
      consoleLog({ event: 'refusals_unavailable', count: report.counts.length })
    }
  }
}
