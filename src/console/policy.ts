/** The suppression policy as the API, the pages and the configuration show and take it. */
import type { Explanation, PolicyPlanned, SavedPolicy } from '../api/policy.ts'
import type { JsonObject } from '../platform/json.ts'
import { DAY_MS, MINUTE_MS, instantOrNull, toInstant } from '../platform/time.ts'
import type { Policy } from '../store/policy/document.ts'
import { ruleOf } from '../store/policy/judge.ts'
import type { StoredPolicy } from '../store/policy/stored.ts'
import {
  type Effect,
  explainPerson,
  judgeRest,
  planPolicy,
  putPolicy,
  readPolicyInForce,
} from '../store/policy/take.ts'
import { forgetExpired } from '../store/suppressions.ts'
import { note } from './note.ts'
import type { RequestContext } from './request-context.ts'

export const savedPolicy = ({ version, takenAtMs, policy, judged }: StoredPolicy): SavedPolicy => ({
  version,
  taken_at: instantOrNull(takenAtMs),
  document: policy,
  is_judged: judged === null,
})

export const isSamePolicy = (a: Policy, b: Policy): boolean => JSON.stringify(a) === JSON.stringify(b)

export async function plannedPolicy(
  { store, nowMs }: RequestContext,
  policy: Policy,
): Promise<PolicyPlanned> {
  const { version, policy: present } = await readPolicyInForce(store)
  const { people, on, off, isMore, known, isLarge } = await planPolicy(store, policy, nowMs)
  const is_unchanged = isSamePolicy(policy, present)
  return { version, is_unchanged, people, on, off, is_more: isMore, known, needs_confirmation: isLarge }
}

/** A request ends long before its client gives up. */
const JUDGE_MS = 8_000

/** Judges the rest for some seconds. */
export function judgeOn({ store, nowMs, live }: RequestContext, forMs = JUDGE_MS) {
  const untilMs = live.nowMs() + forMs
  return judgeRest(store, nowMs, () => live.nowMs() < untilMs)
}

/** An entry is shown as expired for so long. */
const EXPIRED_SHOWN_DAYS = 365
const EXPIRED_STEP = 1_000
const EXPIRED_STEPS = 50

/** Judges the rest, and removes entries that were over long ago. @returns how many people and entries that were */
export async function judgeAtNight(context: RequestContext): Promise<number> {
  const { store, nowMs } = context
  let { people: done } = await judgeOn(context, 2 * MINUTE_MS)
  for (let steps = 0; steps < EXPIRED_STEPS; steps++) {
    const removed = await forgetExpired(store, nowMs - EXPIRED_SHOWN_DAYS * DAY_MS, EXPIRED_STEP)
    done += removed
    if (removed < EXPIRED_STEP) break
  }
  return done
}

export type TakenPolicy =
  | { readonly ok: true; readonly stored: StoredPolicy; readonly effect: Effect }
  | { readonly ok: false; readonly code: 'version_conflict'; readonly version: number }
  | { readonly ok: false; readonly code: 'confirmation_needed' }

/** @param expected the version that it replaces; null for any */
export async function takePolicy(
  context: RequestContext,
  policy: Policy,
  expected: number | null,
  isConfirmed: boolean,
): Promise<TakenPolicy> {
  const { store, nowMs } = context
  const before = await readPolicyInForce(store)
  if (expected !== null && expected !== before.version)
    return { ok: false, code: 'version_conflict', version: before.version }
  if (isSamePolicy(policy, before.policy))
    return { ok: true, stored: before, effect: { people: 0, on: 0, off: 0 } }
  if (!isConfirmed && (await planPolicy(store, policy, nowMs)).isLarge)
    return { ok: false, code: 'confirmation_needed' }
  await note(context, 'policy.taken', 'policy', documentOf(policy), documentOf(before.policy))
  if (!(await putPolicy(store, policy, before.version, nowMs)))
    return { ok: false, code: 'version_conflict', version: (await readPolicyInForce(store)).version }
  const effect = await judgeOn(context)
  return { ok: true, stored: await readPolicyInForce(store), effect }
}

const documentOf = (policy: Policy): JsonObject => ({ document: policy as unknown as JsonObject })

export async function explanation({ store, nowMs }: RequestContext, address: string): Promise<Explanation> {
  const { seen, entries, policy } = await explainPerson(store, await store.people.indexOf(address))
  const nrOf = (rule: number): number | null => (rule < 0 ? null : rule + 1)
  return {
    version: policy.version,
    entries: (['hard_bounce', 'soft_bounces'] as const).flatMap((reason) => {
      const entry = entries[reason]
      if (entry === null) return []
      const { sinceMs, asOfMs, rule, expiresAtMs, isProvisional } = entry
      return [
        {
          reason,
          since: toInstant(sinceMs),
          as_of: toInstant(asOfMs),
          rule: rule === null ? null : rule + 1,
          expires_at: instantOrNull(expiresAtMs),
          provisional: isProvisional,
          in_force: (expiresAtMs ?? Infinity) > nowMs,
        },
      ]
    }),
    bounces: seen.bounces.toReversed().map((bounce) => ({
      event_id: bounce.id,
      at: toInstant(bounce.atMs),
      source: bounce.source,
      bounce_type: bounce.reason === 'hard_bounce' ? ('hard' as const) : ('soft' as const),
      cause: bounce.cause,
      rule: nrOf(ruleOf(policy.policy, bounce)),
    })),
  }
}
