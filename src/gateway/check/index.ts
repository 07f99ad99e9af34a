/** Stage 3: what else must hold of a delivery that is verified, and whether enough of it does. */
import type { CheckName } from '../../event/decision.ts'
import type { Provider } from '../../providers/provider.ts'
import type { Source } from '../../registry/sources/source.ts'
import type { Verified } from '../authenticate/verified.ts'
import { type Outcome, refuse } from '../outcome.ts'
import { type CheckRecord, EMPTY_RECORD, type Finding, failedBy, reachesLevel, recorded } from './level.ts'
import { replayWindow, windowSecondsOf } from './replay-window.ts'
import { sourceIp } from './source-ip.ts'
import { transport } from './transport.ts'

export type { CheckRecord } from './level.ts'

/** Checks that a level may tolerate, by name. The others are decided later on the path and recorded there. */
const TOLERABLE: ReadonlyMap<
  CheckName,
  (verified: Verified, source: Source, provider: Provider) => Finding | undefined
> = new Map([
  [
    'source_ip',
    ({ delivery }: Verified, source: Source, provider: Provider) =>
      sourceIp(delivery.client, source, provider),
  ],
  ['transport', ({ delivery }: Verified, source: Source) => transport(delivery.client, source)],
])

/**
 * Runs the checks that can be decided here. The record is there either way; the outcome is a refusal when the signature
 * lies outside of the window, at any level, when the source requires the address and it is wrong, or when more checks have
 * failed than the level tolerates.
 */
export function check(
  verified: Verified,
  source: Source,
  provider: Provider,
  nowSeconds: number,
): { readonly outcome: Outcome<CheckRecord>; readonly record: CheckRecord } {
  const fresh = replayWindow(verified.signedAtSeconds, windowSecondsOf(source, provider), nowSeconds)
  // A time within the window is half of the check: the claim decides the other.
  let record = fresh.ok
    ? EMPTY_RECORD
    : recorded(EMPTY_RECORD, 'replay', failedBy('signature_outside_window'))
  for (const [name, run] of TOLERABLE) {
    const finding = run(verified, source, provider)
    if (finding !== undefined) record = recorded(record, name, finding)
  }
  if (!fresh.ok) return { outcome: fresh, record }
  const refused = source.config.requireSourceIp && record.failed.includes('source_ip')
  if (refused) return { outcome: refuse({ code: 'source_ip_refused', alerts: record.alerts }), record }
  return { outcome: reachesLevel(record, source.config.level), record }
}
