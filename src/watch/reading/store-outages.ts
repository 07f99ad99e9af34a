/** Outages of the store: minutes that are watched later, and in which nothing was stored of what was accepted. */

/** Minutes, the last one included. */
export interface Outage {
  readonly fromMinute: number
  readonly untilMinute: number
}

const KEY = 'store_outages'

/** A fault that is shorter is no outage: nobody would miss what comes a moment later. */
const OUTAGE_MINUTES = 3

/** The watch repeats no minutes that are older. */
const KEPT_MINUTES = 6 * 60

/** @param lasts minutes for which the fault may have lasted after it was seen last */
export const outageOf = (
  { sinceMinute, lastMinute }: { readonly sinceMinute: number; readonly lastMinute: number },
  lasts: number,
): Outage | undefined =>
  lastMinute - sinceMinute < OUTAGE_MINUTES
    ? undefined
    : { fromMinute: sinceMinute, untilMinute: lastMinute + lasts }

export const outagesIn = (kv: Pick<SyncKvStorage, 'get'>): readonly Outage[] =>
  kv.get<readonly Outage[]>(KEY) ?? []

export function addOutage(kv: Pick<SyncKvStorage, 'get' | 'put'>, outage: Outage, minute: number): void {
  const kept = outagesIn(kv).filter(({ untilMinute }) => minute - untilMinute <= KEPT_MINUTES)
  kv.put<readonly Outage[]>(KEY, [...kept, outage])
}

export const isInOutage = (outages: readonly Outage[], minute: number): boolean =>
  outages.some(({ fromMinute, untilMinute }) => fromMinute <= minute && minute <= untilMinute)
