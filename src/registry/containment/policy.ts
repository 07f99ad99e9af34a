/** Policy of automatic containments: the setting `containment` of a source document. */
import * as v from 'valibot'

export type PolicyAction = 'advise' | 'block' | 'raiseLevel' | 'rotate' | 'pause'

/** A pattern of the watch (`src/watch/patterns/`), and what helps against it. */
interface PolicyRow {
  readonly kind: string
  readonly actions: readonly PolicyAction[]
}

/**
 * By the name of the setting. A kind that is not here is only advised about. Networks of deliveries that were verified cannot be
 * blocked, and of the secrets behind single-use tokens Postern sets none at the ESP.
 */
export const POLICY = {
  bruteForce: { kind: 'brute_force', actions: ['advise', 'block'] },
  bruteForceSpread: { kind: 'brute_force_spread', actions: ['advise', 'block'] },
  bruteForceSlow: { kind: 'brute_force_slow', actions: ['advise', 'block'] },
  replay: { kind: 'replay', actions: ['advise', 'block', 'raiseLevel'] },
  tokenReuse: { kind: 'token_reuse', actions: ['advise', 'block', 'pause'] },
  address: { kind: 'address', actions: ['advise', 'raiseLevel', 'rotate', 'pause'] },
  payload: { kind: 'payload', actions: ['advise', 'raiseLevel', 'pause'] },
  bounceShare: { kind: 'bounce_share', actions: ['advise', 'raiseLevel', 'pause'] },
  complaintShare: { kind: 'complaint_share', actions: ['advise', 'raiseLevel', 'pause'] },
} as const satisfies Readonly<Record<string, PolicyRow>>

type Name = keyof typeof POLICY

const actionOf = <N extends Name>(name: N) =>
  v.optional(v.picklist<(typeof POLICY)[N]['actions']>(POLICY[name].actions))

export const ContainmentPolicySchema = v.strictObject({
  bruteForce: actionOf('bruteForce'),
  bruteForceSpread: actionOf('bruteForceSpread'),
  bruteForceSlow: actionOf('bruteForceSlow'),
  replay: actionOf('replay'),
  tokenReuse: actionOf('tokenReuse'),
  address: actionOf('address'),
  payload: actionOf('payload'),
  bounceShare: actionOf('bounceShare'),
  complaintShare: actionOf('complaintShare'),
} satisfies Record<Name, unknown>)

export type ContainmentPolicy = v.InferOutput<typeof ContainmentPolicySchema>
