/** Stands in for the object of the incidents, which lives in the consumer: it notes what it is asked. `test/e2e` has the real one. */
import { env } from 'cloudflare:workers'
import type { ConsoleEnv, ConsoleIncidents } from '../../src/console/env.ts'
import { NOTHING_FORGOTTEN } from '../../src/platform/forgotten.ts'
import { keyMarks, readMasterKeys } from '../../src/platform/master-key.ts'
import type { Containment } from '../../src/registry/containment/containment.ts'
import type { ActOnIncident } from '../../src/watch/incidents/api.ts'
import { figuresAt } from '../../src/watch/incidents/figures.ts'
import type { Incident, IncidentFinding } from '../../src/watch/incidents/incident.ts'
import type { StoredFinding } from '../../src/watch/incidents/stored.ts'
import { currentFindings } from '../../src/watch/operations/current-findings.ts'
import { isAtLeast } from '../../src/watch/severity.ts'

export interface IncidentObjects {
  readonly getByName: (name: string) => ConsoleIncidents
  /** In order: `channelsChanged`, `testChannel ops`. */
  readonly calls: string[]
}

/** @param answers what differs from an object that knows nothing */
export function incidentObjects(
  answers: Partial<ConsoleIncidents> = {},
): IncidentObjects & ConsoleEnv['INCIDENTS'] {
  const calls: string[] = []
  const object: ConsoleIncidents = {
    wake: async () => undefined,
    noteJob: async () => undefined,
    noteWebhook: async () => undefined,
    noteSync: async () => undefined,
    status: async () => ({
      minute: null,
      minutesBehind: 0,
      missed: 0,
      openIncidents: 0,
      failing: null,
      store: null,
      skipped: null,
    }),
    findings: async () => [],
    keyState: async () => ({ keys: await keyMarks(readMasterKeys(env.MASTER_KEY)), unreadable: [] }),
    list: async () => [],
    incident: async () => null,
    act: async () => ({ ok: false, code: 'incident_unknown' }),
    contain: async () => ({ ok: false, code: 'source_unknown' }),
    lift: async () => null,
    channelStatus: async () => [],
    testChannel: async () => ({ delivered: true, error: null, status: null }),
    channelsChanged: async () => undefined,
    forget: async () => NOTHING_FORGOTTEN,
    forgetPerson: async () => 0,
    dump: async () => ({ json: '{"version":1,"incidents":[]}', count: 0 }),
    restore: async () => 0,
    ...answers,
  }
  const noting = new Proxy(object, {
    get: (whole, call: keyof ConsoleIncidents) =>
      typeof whole[call] === 'function'
        ? (...given: unknown[]) => {
            calls.push([call, ...given.filter((one) => typeof one === 'string')].join(' '))
            return Reflect.apply(whole[call], whole, given) as unknown
          }
        : undefined,
  })
  return { calls, getByName: () => noting }
}

const AT_MS = Date.UTC(2026, 5, 2, 10)

/** A finding that is at its worst. */
export function findingShown(finding: Omit<IncidentFinding, 'current' | 'worst'>): IncidentFinding {
  const current = figuresAt(finding, finding.raisedMs + 60_000)
  return { ...finding, current, worst: current }
}

export const incident = (change: Partial<Incident> = {}): Incident => ({
  number: 17,
  source: 'shop',
  kind: 'brute_force',
  subject: null,
  state: 'open',
  severity: 'warning',
  risk: { level: 'medium', reasons: ['Only refused deliveries are involved.'] },
  headline: '20 wrong secrets from 203.0.113.0/24 in an hour, usually none',
  findings: [
    findingShown({
      kind: 'brute_force',
      subject: null,
      severity: 'warning',
      sinceMs: AT_MS,
      raisedMs: AT_MS + 60_000,
      endedMs: null,
      evidence: '20 wrong secrets from 203.0.113.0/24 in an hour, usually none',
      features: [{ name: 'failed_proofs', observed: 20, expected: 0, share: 1 }],
    }),
  ],
  current: null,
  worst: null,
  networks: ['203.0.113.0/24'],
  sinceMs: AT_MS,
  openedMs: AT_MS + 60_000,
  updatedMs: AT_MS + 60_000,
  acknowledgedMs: null,
  containedMs: null,
  resolvedMs: null,
  assignee: null,
  advice: ['Block the network for an hour.'],
  actions: [],
  containments: [],
  timeline: [{ atMs: AT_MS + 60_000, kind: 'found', text: 'Found.', who: null }],
  review: null,
  news: 0,
  continuedAs: null,
  isPartial: false,
  sources: ['shop'],
  ...change,
})

/** An example as the gateway makes it, and an incident that has one. */
export const EXAMPLE = '{"data":{"email":"text(17)","key(15) 2":"number"}}'
export const drifted = (change: Partial<Incident> = {}): Incident => {
  const one = incident(change)
  return {
    ...one,
    kind: 'drift',
    findings: one.findings.map((finding) => ({ ...finding, kind: 'drift', example: EXAMPLE })),
  }
}

/** A block that the policy began, for an hour. */
export const containment = (change: Partial<Containment> = {}): Containment => ({
  id: 'c-1',
  source: 'shop',
  measure: { action: 'block', network: '203.0.113.0/24' },
  startedAtMs: AT_MS + 60_000,
  endsAtMs: AT_MS + 3_660_000,
  liftedAtMs: null,
  liftedBy: null,
  incident: 17,
  by: 'policy',
  ...change,
})

/** A finding that lasts, as it is stored. */
export const storedFinding = (change: Partial<StoredFinding> = {}): StoredFinding => ({
  source: 'shop',
  createdAtMs: 1,
  kind: 'brute_force',
  subject: null,
  raisedMinute: AT_MS / 60_000 + 1,
  severity: 'warning',
  sinceMs: AT_MS,
  endedMs: null,
  evidence: '20 wrong secrets',
  features: [],
  networks: ['203.0.113.0/24'],
  ...change,
})

/** An object that has these incidents, and notes what is done with them. */
export function incidentsKept(all: readonly Incident[]) {
  const acts: ActOnIncident[] = []
  /** Tells whether an incident is visible. Incidents of several sources are visible only to people who see all of them. */
  const seen = (one: Incident, sources: readonly string[] | null): boolean =>
    sources === null || (one.sources.length > 0 && one.sources.every((name) => sources.includes(name)))
  const objects = incidentObjects({
    list: async ({ states, sources, source, severity, before, limit }) =>
      all
        .filter((one) => seen(one, sources))
        .filter((one) => states === null || states.includes(one.state))
        .filter((one) => severity === null || isAtLeast(one.severity, severity))
        .filter((one) => source === null || one.sources.includes(source))
        .filter(({ number }) => before === null || number < before)
        .slice(0, limit),
    findings: async (sources) =>
      currentFindings(
        null,
        all.filter((one) => seen(one, sources) && ['open', 'acknowledged', 'contained'].includes(one.state)),
        sources,
      ),
    incident: async (number, sources) =>
      all.find((one) => one.number === number && seen(one, sources)) ?? null,
    async act(number, act, _who, sources) {
      acts.push(act)
      const found = all.find((one) => one.number === number)
      if (found?.isPartial === true && act.act !== 'note') return { ok: false, code: 'incident_partial' }
      if (found === undefined || !seen(found, sources)) return { ok: false, code: 'incident_unknown' }
      if (act.act === 'review') return { ok: false, code: 'incident_state' }
      return { ok: true, incident: found }
    },
  })
  return { ...objects, acts }
}
