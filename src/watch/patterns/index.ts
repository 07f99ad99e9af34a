/** All patterns of a source. To add one: a file beside this one, a row here, a row in its test's table. */
import { address } from './address.ts'
import { bounceShare } from './bounce-share.ts'
import { bruteForce } from './brute-force.ts'
import { bruteForceSlow } from './brute-force-slow.ts'
import { bruteForceSpread } from './brute-force-spread.ts'
import { complaintShare } from './complaint-share.ts'
import { lag } from './lag.ts'
import { payload } from './payload.ts'
import { replay } from './replay.ts'
import { silence } from './silence.ts'
import { surge } from './surge.ts'
import { tokenReuse } from './token-reuse.ts'

export const PATTERNS = [
  bruteForce,
  bruteForceSpread,
  bruteForceSlow,
  replay,
  tokenReuse,
  address,
  payload,
  silence,
  surge,
  bounceShare,
  complaintShare,
  lag,
] as const
