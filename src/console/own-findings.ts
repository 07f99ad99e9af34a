/** Findings that only the console sees: parts that do not answer it, master keys that do not fit, and tables that are missing. */
import { KEY_HOLDERS, PARTS } from '../api/health.ts'
import type { KeyState } from '../platform/key-state.ts'
import type { StoreState } from '../store/state.ts'
import type { CurrentFinding } from '../watch/operations/finding.ts'
import { bucketDown } from '../watch/operations/bucket-down.ts'
import { dependencyDown } from '../watch/operations/dependency-down.ts'
import { BUCKETS, STORE_PART } from '../watch/operations/facts.ts'
import { type PathState, pathProblems } from '../refusals/path-state.ts'
import { keyProblem } from './messages/key-problem.ts'
import { silenceWords } from './path-watch.ts'

export type Part = (typeof PARTS)[number]

export interface Seen {
  /** Absent is well; else the name of the fault's class. */
  readonly faults: Readonly<Partial<Record<Part, string>>>
  /** Null where the part that knows is down. */
  readonly store: StoreState | null
  /** Null if the refusal log does not tell. */
  readonly path: PathState | null
  /** Null of a Worker that does not answer, or whose MASTER_KEY is malformed. */
  readonly keys: Readonly<Record<(typeof KEY_HOLDERS)[number], KeyState | null>>
}

/** As the watch names them. */
const NAMES: Readonly<Record<Part, string>> = {
  registry: 'the registry',
  refusals: 'the refusal log',
  store: STORE_PART,
  queues: 'the queue',
  large: 'the bucket of large deliveries',
  backups: 'the bucket of backups',
  incidents: 'the watch',
}

/** @param found what the watch says: what it names is not named again */
export function ownFindings(
  { faults, keys, store, path }: Seen,
  found: readonly CurrentFinding[],
  nowMs: number,
): CurrentFinding[] {
  const finding = (
    kind: string,
    subject: string,
    severity: CurrentFinding['severity'],
    evidence: string,
    ...advice: readonly string[]
  ): CurrentFinding => ({
    kind,
    subject,
    source: null,
    severity,
    evidence,
    advice,
    sinceMs: nowMs,
    incident: null,
  })
  const isTold = (name: string): boolean =>
    found.some(
      ({ kind, subject }) =>
        (kind === dependencyDown.kind || kind === bucketDown.kind) && subject?.startsWith(name),
    )
  const down = PARTS.flatMap((part) => {
    const [fault, name] = [faults[part], NAMES[part]]
    if (fault === undefined || isTold(name)) return []
    const { kind, advice } = name.startsWith(BUCKETS) ? bucketDown : dependencyDown
    const says = `${name} does not answer the console, or takes nothing (${fault})`
    return [finding(kind, name, part === 'store' ? 'critical' : 'error', says, ...advice)]
  })
  const silent = (path === null ? [] : pathProblems(path, null, nowMs)).flatMap((one) => {
    const words = silenceWords(one)
    return words === undefined
      ? []
      : [
          {
            ...finding(one.problem, 'the consumer', 'critical', words.says, words.todo),
            sinceMs: one.sinceMs,
          },
        ]
  })
  const workers = KEY_HOLDERS.map((worker) => ({
    worker,
    keys: keys[worker]?.keys ?? null,
    unreadable: keys[worker]?.unreadable ?? [],
  }))
  const wrongKey = keyProblem(workers)
  const several = keys.console?.keys.length ?? 1
  return [
    ...silent,
    ...down,
    ...(wrongKey === null
      ? several > 1
        ? [
            finding(
              'master_key',
              'the master key',
              'info',
              `there are ${several} master keys: the first seals, the others still open what they sealed`,
              'npm run rotate-master-key goes on, and removes the old key in the end.',
            ),
          ]
        : []
      : [
          finding(
            'master_key',
            'the master key',
            'critical',
            wrongKey.replace(/\.$/, ''),
            'docs/emergencies.md#the-master-key-does-not-fit says what to do.',
          ),
        ]),
    ...(store === null || store.missing.length === 0
      ? []
      : [
          finding(
            'migrations_missing',
            STORE_PART,
            'critical',
            `the store lacks ${store.missing.join(', ')}`,
            'npm run deploy applies them.',
          ),
        ]),
  ]
}
