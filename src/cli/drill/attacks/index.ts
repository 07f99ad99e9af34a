/** All kinds of incidents: how each is drilled, or why it is not. To add one: a file beside this one, a row here. */
import type { Drill, NoDrill } from '../drill.ts'
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

export const DRILLS: readonly Drill[] = [
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
]

/** Kinds of the operation. No request from outside causes them. */
export const NO_DRILLS: readonly NoDrill[] = [
  { kind: 'secret_due', why: 'It needs a secret that is due, which takes days.' },
  { kind: 'dependency_down', why: 'It needs a store that does not answer.' },
  { kind: 'queue_backlog', why: 'It needs a consumer that stands still.' },
  { kind: 'dead_letters', why: 'A delivery is dead after ten tries in three days.' },
  { kind: 'destination_failing', why: 'Make a destination whose endpoint refuses, and wait for 15 minutes.' },
  { kind: 'guard_degraded', why: 'It needs a guard that does not answer.' },
  { kind: 'reader_behind', why: 'It needs a reader that cannot keep up.' },
  { kind: 'channel_failing', why: 'Make a channel whose endpoint refuses, and play any other drill.' },
  { kind: 'unusual', why: 'It says that a source is unlike itself in whatever way, and pages nobody.' },
]
