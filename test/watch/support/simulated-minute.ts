/** Signals of deliveries that simulated ESPs send, as gateway, store and refusal log would count them. */
import { Reporter } from '../../../src/gateway/report.ts'
import { providerNamed } from '../../../src/providers/index.ts'
import type { DefectCount } from '../../../src/refusals/refusal.ts'
import type { OutgoingRequest } from '../../../src/simulator/sender.ts'
import type { MinuteSignals } from '../../../src/watch/signals/signals.ts'
import { read } from '../../providers/judge.ts'

/** A source, with the isolate that takes its deliveries. */
export class SimulatedSource {
  readonly #provider: NonNullable<ReturnType<typeof providerNamed>>
  readonly #defects: DefectCount[] = []
  readonly #reporter = new Reporter(
    async ({ defects = [] }) => void this.#defects.push(...defects),
    () => undefined,
    async () => undefined,
  )

  constructor(provider: string) {
    const found = providerNamed(provider)
    if (found === undefined) throw new Error(`no provider ${provider}`)
    this.#provider = found
  }

  async minute(minute: number, requests: readonly OutgoingRequest[]): Promise<Partial<MinuteSignals>> {
    const events: Record<string, number> = {}
    const nativeTypes: Record<string, number> = {}
    let quarantined = 0
    const sent: Promise<unknown>[] = []
    for (const request of requests) {
      const understood = await read(this.#provider, request, minute * 60)
      for (const { type, native_type } of understood.events) {
        events[type] = (events[type] ?? 0) + 1
        nativeTypes[native_type] = (nativeTypes[native_type] ?? 0) + 1
      }
      quarantined += understood.quarantined.length
      const { title } = this.#provider
      this.#reporter.defects(
        'shop',
        title,
        understood.defects,
        minute * 60_000,
        (work) => void sent.push(work),
      )
    }
    await Promise.all(sent)
    const defects = this.#defects.splice(0).map(({ source: _source, ...lacking }) => lacking)
    return { accepted: requests.length, events, nativeTypes, quarantined, defects }
  }
}
