/**
 * Turns what a minute found into incidents: pure, and idempotent by source, kind, subject and the minute in which it was raised. One
 * cause has one incident as long as it lasts, and within the quiet hours of its kind after that.
 */
import type { Change } from '../grouping.ts'
import { isMoreSevere } from '../severity.ts'
import type { SourceChange } from '../watchers/api.ts'
import { causeAt, causeOfEsp, causeOfOperation, sharedCauses } from './cause.ts'
import { figuresAt, isMuchWorse, told, withFigures } from './figures.ts'
import { joined, jointOfEsp, jointOfSources } from './joint.ts'
import { quietHoursOfKind } from './kinds.ts'
import { noted, opened, reopened, resolved, withContainmentsEnded } from './lifecycle.ts'
import { withNews } from './news.ts'
import { type StoredFinding, type StoredIncident, isOver, lasts } from './stored.ts'
import { HOUR_MS, MINUTE_MS } from '../../platform/time.ts'

/** A source as the registry knows it in this minute. */
export interface KnownSource {
  readonly name: string
  readonly createdAtMs: number
  readonly provider: string
}

export interface MinuteChanges {
  readonly minute: number
  /** Null if nobody asked which there are: then none was removed. */
  readonly sources: readonly KnownSource[] | null
  readonly ofSources: readonly SourceChange[]
  readonly ofOperation: readonly Change[]
}

/** Of one incident. More are one fault, and the oldest that ended go first. */
const FINDINGS_MAX = 60
const NETWORKS_MAX = 20

/**
 * @param known incidents that last, and those that ended in the last days; by number
 * @param nextNumber of the next new incident
 * @returns the incidents that are new or changed
 */
export function applyChanges(
  known: readonly StoredIncident[],
  nextNumber: number,
  { minute, sources, ofSources, ofOperation }: MinuteChanges,
): StoredIncident[] {
  const byName = new Map((sources ?? []).map((source) => [source.name, source]))
  const set = new ChangeSet(known, nextNumber, (minute + 1) * MINUTE_MS, byName)
  if (sources !== null) for (const incident of set.all()) endRemoved(set, incident)
  for (const { source, change } of ofSources) {
    const owner = byName.get(source)
    if (owner !== undefined) applyOne(set, change, owner)
  }
  for (const change of ofOperation) applyOne(set, change, null)
  for (const incident of set.all()) settle(set, incident)
  return set.changed()
}

/** The incidents while a minute is applied, and which of them it changes. */
class ChangeSet {
  readonly #all: Map<number, StoredIncident>
  readonly #changed = new Set<number>()
  #next: number

  /** The end of the minute. */
  readonly atMs: number
  readonly sources: ReadonlyMap<string, KnownSource>

  constructor(
    known: readonly StoredIncident[],
    next: number,
    atMs: number,
    sources: ReadonlyMap<string, KnownSource>,
  ) {
    this.atMs = atMs
    this.sources = sources
    this.#all = new Map(known.map((one) => [one.number, one]))
    this.#next = next
  }

  all = (): readonly StoredIncident[] => [...this.#all.values()]
  changed = (): StoredIncident[] => this.all().filter(({ number }) => this.#changed.has(number))
  take = (): number => this.#next++

  put(incident: StoredIncident): void {
    const before = this.#all.get(incident.number)
    const next = before === undefined ? incident : withNews(before, incident, this.atMs)
    this.#all.set(incident.number, { ...next, updatedMs: Math.max(next.updatedMs, this.atMs) })
    this.#changed.add(incident.number)
  }
}

function applyOne(set: ChangeSet, change: Change, owner: KnownSource | null): void {
  const about = change.change === 'ended' ? change.incident : change.finding
  const raisedMinute = change.change === 'ended' ? change.incident.raisedAt : change.raisedAt
  const isSame = (one: StoredFinding): boolean =>
    one.source === (owner?.name ?? null) &&
    one.createdAtMs === (owner?.createdAtMs ?? 0) &&
    one.kind === about.kind &&
    one.subject === (about.subject ?? null) &&
    one.raisedMinute === raisedMinute
  // An incident that goes on in another one has a copy that is over.
  const having = set.all().filter(({ findings }) => findings.some(isSame))
  const incident = having.find((one) => one.findings.some((each) => isSame(each) && lasts(each))) ?? having[0]
  if (change.change === 'ended') {
    if (incident !== undefined) endFindings(set, incident, isSame, change.untilMinute * MINUTE_MS)
    return
  }
  const finding = findingOf(change, owner, set.atMs)
  const before = incident?.findings.find(isSame)
  if (incident === undefined || before === undefined)
    // A finding that a person resolved, and that was forgotten since, is not raised by its figures.
    return change.change === 'seen' ? undefined : raise(set, finding, owner)
  const isRisen = isMoreSevere(finding.severity, before.severity)
  if (!isRisen && (isOver(incident) || !lasts(before))) return
  const findings = incident.findings.map((one) => (isSame(one) ? withFigures(one, finding, isRisen) : one))
  const isTold = isRisen || findings.some((one) => isSame(one) && isMuchWorse(one, set.atMs))
  if (!isTold) return set.put({ ...incident, findings })
  const worse = { ...incident, findings, severity: worst(incident, finding) }
  const goesOnElsewhere = set.all().some((one) => one.cause === incident.cause && !isOver(one))
  const isReopened = isOver(worse) && !goesOnElsewhere
  set.put(isReopened ? reopened(worse, set.atMs, finding) : noted(worse, set.atMs, 'worse', finding))
}

const findingOf = (
  { finding, raisedAt }: Extract<Change, { readonly finding: unknown }>,
  owner: KnownSource | null,
  atMs: number,
): StoredFinding => ({
  source: owner?.name ?? null,
  ...(finding.source !== undefined && { about: finding.source }),
  createdAtMs: owner?.createdAtMs ?? 0,
  kind: finding.kind,
  subject: finding.subject ?? null,
  raisedMinute: raisedAt,
  severity: finding.severity,
  sinceMs: finding.fromMinute * MINUTE_MS,
  endedMs: null,
  evidence: finding.evidence,
  ...(finding.example !== undefined && { example: finding.example }),
  ...(finding.main !== undefined && { main: finding.main }),
  features: finding.features,
  networks: (finding.networks ?? []).slice(0, NETWORKS_MAX),
  foundMs: atMs,
  worst: figuresAt(finding, atMs),
})

/** A finding that no incident has yet. */
function raise(set: ChangeSet, finding: StoredFinding, owner: KnownSource | null): void {
  const { kind, subject } = finding
  const cause = owner === null ? causeOfOperation(kind, subject) : causeAt(owner.name, kind, subject)
  const causes =
    owner === null
      ? [cause]
      : [cause, causeOfEsp(owner.provider, kind), ...sharedCauses(finding, owner.provider)]
  const isOfCause = (one: StoredIncident): boolean => causes.includes(one.cause)
  const lasting = set.all().filter((one) => isOfCause(one) && !isOver(one))
  // That of the ESP comes first, so that no second one is made of it.
  const found =
    lasting.find(({ provider }) => provider !== null) ??
    (owner === null ? undefined : joinOthers(set, finding, owner)) ??
    lasting[0] ??
    set.all().findLast((one) => isOfCause(one) && isRecent(one, finding))
  if (found === undefined) {
    set.put(opened(set.take(), cause, told(finding, set.atMs), set.atMs))
    return
  }
  const findings = bounded([...found.findings, told(finding, set.atMs)])
  const next = { ...found, findings, severity: worst(found, finding) }
  set.put(isOver(next) ? reopened(next, set.atMs, finding) : noted(next, set.atMs, 'found', finding))
}

/** Whether a finding comes within the quiet hours after its incident was over. */
const isRecent = ({ resolvedMs }: StoredIncident, { kind, raisedMinute }: StoredFinding): boolean =>
  resolvedMs !== null && raisedMinute * MINUTE_MS < resolvedMs + quietHoursOfKind(kind) * HOUR_MS

/** The incident of several sources that a finding makes of what others have. */
function joinOthers(set: ChangeSet, finding: StoredFinding, owner: KnownSource): StoredIncident | undefined {
  const joint =
    jointOfEsp(set.all(), finding, owner, set.sources) ??
    jointOfSources(set.all(), finding, owner, set.sources)
  if (joint === undefined) return undefined
  const { first, others } = joined(joint, set.atMs)
  for (const other of others) set.put(other)
  return first
}

/** Ends findings, and says so once for each. */
function endFindings(
  set: ChangeSet,
  incident: StoredIncident,
  which: (one: StoredFinding) => boolean,
  endedMs: number,
  why = 'is as usual again',
): void {
  let next = incident
  for (const one of incident.findings) {
    if (!which(one) || !lasts(one)) continue
    const ended = { ...one, endedMs: Math.max(endedMs, one.sinceMs) }
    next = { ...next, findings: next.findings.map((each) => (each === one ? ended : each)) }
    next = noted(next, set.atMs, 'over', one, why)
  }
  if (next !== incident) set.put(next)
}

/** A source that was removed, or made again, has no findings any more. */
function endRemoved(set: ChangeSet, incident: StoredIncident): void {
  const isGone = ({ source, createdAtMs }: StoredFinding): boolean =>
    source !== null && set.sources.get(source)?.createdAtMs !== createdAtMs
  endFindings(set, incident, isGone, set.atMs, 'is not watched any more: the source was removed')
}

/** Containments that have ended, and an incident whose findings are all over. */
function settle(set: ChangeSet, before: StoredIncident): void {
  const incident = withContainmentsEnded(before, set.atMs)
  const isDone = !isOver(incident) && !incident.findings.some(lasts)
  const next = isDone
    ? resolved(incident, set.atMs, 'Resolved by itself: nothing of it is found any more.')
    : incident
  if (next !== before) set.put(next)
}

const worst = ({ severity }: StoredIncident, finding: StoredFinding): StoredIncident['severity'] =>
  isMoreSevere(finding.severity, severity) ? finding.severity : severity

/** Keeps all findings that last, and the newest of the others. */
function bounded(findings: readonly StoredFinding[]): readonly StoredFinding[] {
  if (findings.length <= FINDINGS_MAX) return findings
  const dropped = findings.find((one) => !lasts(one)) ?? findings[1]
  return bounded(findings.filter((one) => one !== dropped))
}
