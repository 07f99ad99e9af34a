/** All patterns of a source. CONTRIBUTING says how to add one. */
import { address } from './address.ts'
import { bounceShare } from './bounce-share.ts'
import { bruteForce } from './brute-force.ts'
import { bruteForceSlow } from './brute-force-slow.ts'
import { bruteForceSpread } from './brute-force-spread.ts'
import { complaintShare } from './complaint-share.ts'
import { drift } from './drift.ts'
import { lag } from './lag.ts'
import type { Pattern } from './pattern.ts'
import { payload } from './payload.ts'
import { replay } from './replay.ts'
import { silence } from './silence.ts'
import { surge } from './surge.ts'
import { tokenReuse } from './token-reuse.ts'

export const PATTERNS: readonly Pattern[] = [
  bruteForce,
  bruteForceSpread,
  bruteForceSlow,
  replay,
  tokenReuse,
  address,
  payload,
  drift,
  silence,
  surge,
  bounceShare,
  complaintShare,
  lag,
]

const BY_KIND: ReadonlyMap<string, Pattern> = new Map(PATTERNS.map((pattern) => [pattern.kind, pattern]))

/** Undefined for a kind of the operation, and for one that an upgrade has removed. */
export const patternOf = (kind: string): Pattern | undefined => BY_KIND.get(kind)

/** Name of a kind in the policy of a source: `bounceShare`. */
export const policyNameOf = (kind: string): string =>
  kind.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase())
