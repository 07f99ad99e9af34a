/** Reports of refusals, as many gateways send them. */
import {
  COLLECTORS,
  type CollectorApi,
  type RefusalReport,
  type RefusalLogApi,
} from '../../src/refusals/refusal.ts'
import { sourceNamed } from './sources.ts'

interface ReportEnv {
  readonly COLLECTORS: { getByName(name: string): CollectorApi }
  readonly REFUSALS: { getByName(name: string): Pick<RefusalLogApi, 'totals' | 'arrived'> }
}

interface Wanted {
  readonly minute: number
  readonly sources: number
  readonly perSecond: number
  readonly seconds: number
}

export interface Reported {
  /** Of the calls that isolates made. */
  readonly ms: readonly number[]
  readonly refused: number
  /** Reports that the watch has counted, with and without a source. */
  readonly counted: number
  readonly named: number
}

/** As so many isolates report, each once a second. Resolves once all reports were passed on. */
export async function report(
  env: ReportEnv,
  { minute, sources, perSecond, seconds }: Wanted,
): Promise<Reported> {
  const ms: number[] = []
  let refused = 0
  const send = async (nth: number): Promise<void> => {
    const one = reportOf(nth, minute, sources)
    refused += one.counts.reduce((sum, { count }) => sum + count, 0)
    const startMs = performance.now()
    await env.COLLECTORS.getByName(String(nth % COLLECTORS)).report(one)
    ms.push(performance.now() - startMs)
  }
  const startMs = performance.now()
  const underway: Promise<void>[] = []
  for (let nth = 0; nth < perSecond * seconds; nth += 1) {
    const waitMs = startMs + (1_000 * nth) / perSecond - performance.now()
    if (waitMs > 1) await scheduler.wait(waitMs)
    underway.push(send(nth))
  }
  await Promise.all(underway)
  // The pause of a collector, and the call.
  await scheduler.wait(2_000)
  const watch = env.REFUSALS.getByName('refusals')
  const total = (counts: readonly { readonly count: number }[]) =>
    counts.reduce((sum, { count }) => sum + count, 0)
  return {
    ms,
    refused,
    counted: total(await watch.totals(minute)),
    named: total((await watch.arrived(minute)).refused.filter(({ source }) => source !== null)),
  }
}

/** Refusals at four sources, a sample of two with their decision. */
function reportOf(nth: number, minute: number, sources: number): RefusalReport {
  const counts = Array.from({ length: 4 }, (_, i) => ({
    minute,
    class: 'unverified' as const,
    source: sourceNamed((nth * 4 + i) % Math.max(1, sources)).name,
    code: 'signature_mismatch',
    network: `10.${nth % 200}.${i}.0/24`,
    asn: 64_512 + (nth % 50),
    count: 3,
  }))
  const latest = counts.slice(0, 2).map(({ source, code, network }, i) => ({
    requestId: `req_${nth}_${i}`,
    atMs: minute * 60_000,
    source,
    provider: 'generic',
    code,
    status: 401,
    detail: { scheme: 'hmac' },
    decision: {
      authentication: { status: 'refused', attempts: [{ method: 'hmac', outcome: code }] },
    } as never,
    network,
  }))
  return { counts, latest }
}
