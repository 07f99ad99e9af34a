/** Handlers of health. */
import {
  type Drills,
  FINDINGS_MAX,
  type Finding,
  type Health,
  KEY_HOLDERS,
  PARTS,
  type StoreGrowth,
  type Watch,
  healthRoutes,
} from '../../api/health.ts'
import { MINUTE_MS, instantOrNull, toInstant } from '../../platform/time.ts'
import type { DrillState } from '../../registry/drills/drills.ts'
import type { WatchStatus } from '../../watch/incidents/api.ts'
import { kindName } from '../../watch/names.ts'
import type { CurrentFinding } from '../../watch/operations/finding.ts'
import { DATABASE_MAX_BYTES } from '../../store/size.ts'
import type { StoreState } from '../../store/state.ts'
import { health as looked } from '../health.ts'
import type { Frozen } from '../../api/route.ts'
import type { RequestContext } from '../request-context.ts'
import { answer, bindRoutes } from './route.ts'

/** One finding for the API and the pages. */
export function findingAnswer({ incident, ...one }: CurrentFinding): Finding {
  const { kind, subject, source, severity, evidence, advice, sinceMs } = one
  const isCaredFor = incident !== null && incident.state !== 'open'
  return {
    kind,
    subject,
    source,
    severity,
    title: kindName(kind),
    level: severity === 'info' || isCaredFor ? 'note' : 'wrong',
    since: toInstant(sinceMs),
    says: evidence,
    todo: [...advice],
    incident: incident?.number ?? null,
  }
}

const minuteAt = (minute: number): string => toInstant(minute * MINUTE_MS)

const watchAnswer = (status: WatchStatus): Watch => ({
  minute: status.minute === null ? null : minuteAt(status.minute),
  minutes_behind: status.minutesBehind,
  missed: status.missed,
  open_incidents: status.openIncidents,
  failing:
    status.failing === null
      ? null
      : { fault: status.failing.fault, since: toInstant(status.failing.sinceMs) },
  skipped:
    status.skipped === null
      ? null
      : { from: minuteAt(status.skipped.fromMinute), until: minuteAt(status.skipped.untilMinute) },
})

function growthAnswer({ growth, archive }: StoreState): StoreGrowth | null {
  if (growth === null) return null
  return {
    bytes: growth.bytes,
    limit_bytes: DATABASE_MAX_BYTES,
    events: growth.events,
    events_ever: growth.eventsEver,
    events_a_day: Math.round(growth.eventsADay),
    full_at: instantOrNull(growth.fullAtMs),
    archive:
      archive === null
        ? null
        : { events_waiting: archive.events, waiting_since: instantOrNull(archive.oldestMs) },
  }
}

const drillsAnswer = ({ restoredMs, dueMs }: DrillState): Drills => ({
  last_restore_at: instantOrNull(restoredMs),
  due_at: toInstant(dueMs),
})

/** Health of the deployment, for the API and the page. */
export async function healthAnswer(context: RequestContext): Promise<Frozen<Health>> {
  const { faults, store, backlogs, watching, keys, drills, registryBytes, ...rest } = await looked(context)
  const findings = rest.findings.map(findingAnswer)
  return {
    now: toInstant(context.nowMs),
    gateway_url: context.gatewayUrl,
    release: context.inspected.release,
    parts: PARTS.map((part) => ({
      part,
      fault: faults[part] ?? null,
      bytes: part === 'registry' ? registryBytes : null,
    })),
    master_keys: KEY_HOLDERS.map((worker) => ({
      worker,
      keys: keys[worker]?.keys ?? null,
      unreadable: keys[worker]?.unreadable ?? [],
    })),
    missing_migrations: store?.missing ?? null,
    queues:
      backlogs?.map(({ queue, messages, oldestMs }) => ({
        queue,
        backlog: messages,
        oldest_at: instantOrNull(oldestMs),
      })) ?? null,
    retrying:
      (faults.store === undefined ? store : null)?.retrying.map(({ sinceMs, ...group }) => ({
        ...group,
        since: toInstant(sinceMs),
      })) ?? null,
    watch: watching === null ? null : watchAnswer(watching),
    growth: store === null ? null : growthAnswer(store),
    drills: drills === null ? null : drillsAnswer(drills),
    dead_letters: store?.deadLetters ?? null,
    quarantined: store?.quarantined ?? null,
    findings: findings.slice(0, FINDINGS_MAX),
    findings_left_out: Math.max(0, findings.length - FINDINGS_MAX),
  }
}

export const health = bindRoutes(healthRoutes, {
  getHealth: async (_input, context) => answer(await healthAnswer(context)),
})
