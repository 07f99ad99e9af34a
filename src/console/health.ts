/** Looks at everything that the console stands on. Each part answers for itself: one that is down hides no other. */
import { faultName } from '../platform/log.ts'
import { type Backlog, QUEUE_BINDINGS, backlogOf } from '../platform/queues.ts'
import type { DrillState } from '../registry/drills/drills.ts'
import { longestEventDays } from '../registry/retention/document.ts'
import { type StoreState, storeState } from '../store/state.ts'
import type { WatchStatus } from '../watch/incidents/api.ts'
import type { CurrentFinding } from '../watch/operations/finding.ts'
import { type Part, type Seen, ownFindings } from './own-findings.ts'
import type { RequestContext } from './request-context.ts'

export interface Health extends Seen {
  readonly watching: WatchStatus | null
  readonly backlogs: readonly Backlog[] | null
  readonly drills: DrillState | null
  /** Stored by the registry. */
  readonly registryBytes: number | null
  /** Findings of the watch, and those that only the console sees. */
  readonly findings: readonly CurrentFinding[]
}

export async function health(context: RequestContext): Promise<Health> {
  const { registry, refusalLog, backups, inspected, incidents, nowMs } = context
  const faults: Partial<Record<Part, string>> = {}
  const asked = async <T>(part: Part, ask: () => Promise<T>): Promise<T | null> => {
    try {
      return await ask()
    } catch (cause) {
      faults[part] ??= faultName(cause)
      return null
    }
  }
  const [store, backlogs, watching, found, gateway, consumer, own, drills, path, audit] = await Promise.all([
    asked('store', () => stateOfStore(context)),
    asked('queues', () => Promise.all(QUEUE_BINDINGS.map((binding) => backlogOf(inspected.queues, binding)))),
    asked('incidents', () => incidents.status()),
    asked('incidents', () => incidents.findings(null)),
    orNull(() => registry.masterKeys.state()),
    orNull(() => incidents.keyState()),
    orNull(() => inspected.keyState(inspected.db)),
    orNull(() => registry.drills.state()),
    orNull(() => refusalLog.path()),
    asked('registry', () => registry.audit.heads()),
    asked('refusals', () => refusalLog.latest({ limit: 1 })),
    asked('large', () => inspected.large.head(NOTHING)),
    asked('backups', () => backups.head(NOTHING)),
  ])
  // A store that refuses what the consumer writes may answer what is read here.
  if (watching?.store) faults.store ??= watching.store.fault
  const keys = { gateway, consumer, console: own }
  const findings = [...ownFindings({ faults, keys, store, path }, found ?? [], nowMs), ...(found ?? [])]
  const registryBytes = audit?.bytes ?? null
  return { faults, store, path, watching, keys, backlogs, drills, registryBytes, findings }
}

/** @throws when the database does not answer */
async function stateOfStore({ registry, inspected, nowMs }: RequestContext): Promise<StoreState> {
  const eventDays = await orNull(async () => longestEventDays((await registry.retention.read()).settings))
  return storeState(inspected, { archives: inspected.archives, eventDays }, nowMs)
}

/** A part that is down is named by another question. */
const orNull = <T>(ask: () => Promise<T>): Promise<T | null> =>
  Promise.resolve()
    .then(ask)
    .catch(() => null)

/** An object that nobody writes: whether the bucket answers is the question. */
const NOTHING = 'health'
