/** All patterns of operation, and one minute of them. To add one: a file beside this one, and a row here. */
import { type Change, type OpenIncidents, group, quietHoursOf } from '../grouping.ts'
import type { Finding } from '../patterns/pattern.ts'
import { archiveBehind } from './archive-behind.ts'
import { bucketDown } from './bucket-down.ts'
import { channelFailing } from './channel-failing.ts'
import { deadLetters } from './dead-letters.ts'
import { dependencyDown } from './dependency-down.ts'
import { destinationFailing } from './destination-failing.ts'
import { drillDue } from './drill-due.ts'
import type { OperationFacts } from './facts.ts'
import { guardDegraded } from './guard-degraded.ts'
import { mailboxWave } from './mailbox-wave.ts'
import { nightFailed } from './night-failed.ts'
import type { OperationPattern } from './operation-pattern.ts'
import { queueBacklog } from './queue-backlog.ts'
import { readerBehind } from './reader-behind.ts'
import { secretDue } from './secret-due.ts'
import { storeFilling } from './store-filling.ts'
import { syncStopped } from './sync-stopped.ts'
import { webhookOff } from './webhook-off.ts'

export const OPERATION_PATTERNS: readonly OperationPattern[] = [
  secretDue,
  dependencyDown,
  bucketDown,
  nightFailed,
  queueBacklog,
  deadLetters,
  destinationFailing,
  guardDegraded,
  readerBehind,
  channelFailing,
  mailboxWave,
  storeFilling,
  archiveBehind,
  drillDue,
  webhookOff,
  syncStopped,
]

const QUIET_HOURS = quietHoursOf(OPERATION_PATTERNS)

/** Judges the facts of one minute. */
export const judge = (facts: OperationFacts, minute: number): Finding[] =>
  OPERATION_PATTERNS.flatMap((pattern) =>
    pattern.factsOf(facts).flatMap((fact) => {
      const found = pattern.find(fact, minute)
      return found === undefined ? [] : [{ kind: pattern.kind, ...found }]
    }),
  )

/** Adds the findings of one minute to what is open. Changes `open` in place. */
export const operateMinute = (open: OpenIncidents, minute: number, facts: OperationFacts): Change[] =>
  group(open, minute, judge(facts, minute), QUIET_HOURS)
