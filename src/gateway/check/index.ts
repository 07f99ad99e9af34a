/**
 * Stage 3: what else must hold of a verified delivery, and whether its level tolerates what does not. One check a file.
 *
 * Checks are decided at three moments: two here, two by the guard's answer, one by the payload. The later stages have a
 * refusal of their own for what fails there.
 */
import type { CheckName } from '../../event/decision.ts'
import type { Provider } from '../../providers/shared/provider.ts'
import type { Source } from '../../registry/sources/source.ts'
import { levelOf } from '../accept/containment.ts'
import type { Verified } from '../authenticate/verified.ts'
import { type Outcome, refuse } from '../outcome.ts'
import type { GuardAnswer } from './guard-answer.ts'
import { withinLevel } from './level.ts'
import { payload } from './payload.ts'
import { rate } from './rate.ts'
import { type CheckRecord, EMPTY_RECORD, type Finding, failedBy, recorded } from './record.ts'
import { replay, replayWindow, windowSecondsOf } from './replay.ts'
import { sourceIp } from './source-ip.ts'
import { transport } from './transport.ts'

type Findings<Names extends CheckName> = Readonly<Record<Names, Finding | undefined>>

type ByGuard = 'rate' | 'replay'
type ByPayload = 'payload'
/** All others. A new check belongs here, and does not compile until it has its row below. */
type ByDelivery = Exclude<CheckName, ByGuard | ByPayload>

/**
 * Runs the checks that the delivery itself decides. The record is there either way. Refuses if:
 * - the signature lies outside the window, at any level;
 * - the source requires the address, and the address is wrong;
 * - more checks failed than the level tolerates.
 */
export function check(
  verified: Verified,
  source: Source,
  provider: Provider,
  nowMs: number,
): { readonly outcome: Outcome<CheckRecord>; readonly record: CheckRecord } {
  const { client } = verified.delivery
  const nowSeconds = Math.floor(nowMs / 1_000)
  const findings: Findings<ByDelivery> = {
    source_ip: sourceIp(client, source, provider),
    transport: transport(client, source),
  }
  const fresh = replayWindow(verified.signedAtSeconds, windowSecondsOf(source, provider), nowSeconds)
  if (!fresh.ok) {
    const stale = failedBy('signature_outside_window')
    return { outcome: fresh, record: recorded(EMPTY_RECORD, { ...findings, replay: stale }) }
  }
  // A time within the window is only half of the check `replay`: the guard decides it.
  const record = recorded(EMPTY_RECORD, findings)
  const isElsewhere = source.config.requireSourceIp && record.failed.includes('source_ip')
  if (isElsewhere) return { outcome: refuse({ code: 'source_ip_refused', alerts: record.alerts }), record }
  return { outcome: withinLevel(record, levelOf(source, nowMs)), record }
}

/** The record with the checks that the guard's answer decides. */
export function withAdmission(record: CheckRecord, answer: GuardAnswer): CheckRecord {
  const findings: Findings<ByGuard> = { rate: rate(answer), replay: replay(answer) }
  return recorded(record, findings)
}

/** The record with the checks that the payload decides. */
export function withPayload(record: CheckRecord, normalized: Parameters<typeof payload>[0]): CheckRecord {
  const findings: Findings<ByPayload> = { payload: payload(normalized) }
  return recorded(record, findings)
}
