/**
 * Turns what a minute found into incidents: pure, and idempotent by source, kind, subject and the minute in which it was raised. One
 * cause has one incident as long as it lasts, and within the quiet hours of its kind after that.
 */
import type { Change } from '../grouping.ts'
import { isMoreSevere } from '../severity.ts'
import type { SourceChange } from '../watchers/api.ts'
import { causeAt, causeOfEsp, causeOfOperation, causesOfNetworks } from './cause.ts'
import { joined, jointOfEsp, jointOfNetwork } from './joint.ts'
import { quietHoursOfKind } from './kinds.ts'
import { noted, opened, reopened, resolved, withContainmentsEnded } from './lifecycle.ts'
import { withNews } from './news.ts'
import { type StoredFinding, type StoredIncident, isOver, lasts } from './stored.ts'

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

const MINUTE_MS = 60_000
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
  const book = new Book(known, nextNumber, (minute + 1) * MINUTE_MS, byName)
  if (sources !== null) for (const incident of book.all()) endRemoved(book, incident)
  for (const { source, change } of ofSources) {
    const owner = byName.get(source)
    if (owner !== undefined) applyOne(book, change, owner)
  }
  for (const change of ofOperation) applyOne(book, change, null)
  for (const incident of book.all()) settle(book, incident)
  return book.changed()
}

/** The incidents while a minute is applied. */
class Book {
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

function applyOne(book: Book, change: Change, owner: KnownSource | null): void {
  const about = change.change === 'ended' ? change.incident : change.finding
  const raisedMinute = change.change === 'ended' ? change.incident.raisedAt : change.raisedAt
  const isSame = (one: StoredFinding): boolean =>
    one.source === (owner?.name ?? null) &&
    one.createdAtMs === (owner?.createdAtMs ?? 0) &&
    one.kind === about.kind &&
    one.subject === (about.subject ?? null) &&
    one.raisedMinute === raisedMinute
  // An incident that goes on in another one has a copy that is over.
  const having = book.all().filter(({ findings }) => findings.some(isSame))
  const incident = having.find((one) => one.findings.some((each) => isSame(each) && lasts(each))) ?? having[0]
  if (change.change === 'ended') {
    if (incident !== undefined) endFindings(book, incident, isSame, change.untilMinute * MINUTE_MS)
    return
  }
  const finding = findingOf(change, owner)
  const before = incident?.findings.find(isSame)
  if (incident === undefined || before === undefined) return raise(book, finding, owner)
  if (!isMoreSevere(finding.severity, before.severity)) return
  const findings = incident.findings.map((one) => (isSame(one) ? { ...finding, endedMs: one.endedMs } : one))
  const worse = { ...incident, findings, severity: worst(incident, finding) }
  const goesOnElsewhere = book.all().some((one) => one.cause === incident.cause && !isOver(one))
  const isReopened = isOver(worse) && !goesOnElsewhere
  book.put(isReopened ? reopened(worse, book.atMs, finding) : noted(worse, book.atMs, 'worse', finding))
}

const findingOf = (
  { finding, raisedAt }: Extract<Change, { readonly finding: unknown }>,
  owner: KnownSource | null,
): StoredFinding => ({
  source: owner?.name ?? null,
  createdAtMs: owner?.createdAtMs ?? 0,
  kind: finding.kind,
  subject: finding.subject ?? null,
  raisedMinute: raisedAt,
  severity: finding.severity,
  sinceMs: finding.fromMinute * MINUTE_MS,
  endedMs: null,
  evidence: finding.evidence,
  features: finding.features,
  networks: (finding.networks ?? []).slice(0, NETWORKS_MAX),
})

/** A finding that no incident has yet. */
function raise(book: Book, finding: StoredFinding, owner: KnownSource | null): void {
  const { kind, subject } = finding
  const cause = owner === null ? causeOfOperation(kind, subject) : causeAt(owner.name, kind, subject)
  const causes =
    owner === null
      ? [cause]
      : [cause, causeOfEsp(owner.provider, kind), ...causesOfNetworks(finding, owner.provider)]
  const isOfCause = (one: StoredIncident): boolean => causes.includes(one.cause)
  const lasting = book.all().filter((one) => isOfCause(one) && !isOver(one))
  // That of the ESP comes first, so that no second one is made of it.
  const found =
    lasting.find(({ provider }) => provider !== null) ??
    (owner === null ? undefined : joinOthers(book, finding, owner)) ??
    lasting[0] ??
    book.all().findLast((one) => isOfCause(one) && isRecent(one, finding))
  if (found === undefined) {
    book.put(opened(book.take(), cause, finding, book.atMs))
    return
  }
  const findings = bounded([...found.findings, finding])
  const next = { ...found, findings, severity: worst(found, finding) }
  book.put(isOver(next) ? reopened(next, book.atMs, finding) : noted(next, book.atMs, 'found', finding))
}

/** Whether a finding comes within the quiet hours after its incident was over. */
const isRecent = ({ resolvedMs }: StoredIncident, { kind, raisedMinute }: StoredFinding): boolean =>
  resolvedMs !== null && raisedMinute * MINUTE_MS < resolvedMs + quietHoursOfKind(kind) * 3_600_000

/** The incident of several sources that a finding makes of what others have. */
function joinOthers(book: Book, finding: StoredFinding, owner: KnownSource): StoredIncident | undefined {
  const joint =
    jointOfEsp(book.all(), finding, owner, book.sources) ??
    jointOfNetwork(book.all(), finding, owner, book.sources)
  if (joint === undefined) return undefined
  const { first, others } = joined(joint, book.atMs)
  for (const other of others) book.put(other)
  return first
}

/** Ends findings, and says so once for each. */
function endFindings(
  book: Book,
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
    next = noted(next, book.atMs, 'over', one, why)
  }
  if (next !== incident) book.put(next)
}

/** A source that was removed, or made again, has no findings any more. */
function endRemoved(book: Book, incident: StoredIncident): void {
  const isGone = ({ source, createdAtMs }: StoredFinding): boolean =>
    source !== null && book.sources.get(source)?.createdAtMs !== createdAtMs
  endFindings(book, incident, isGone, book.atMs, 'is not watched any more: the source was removed')
}

/** Containments that have ended, and an incident whose findings are all over. */
function settle(book: Book, before: StoredIncident): void {
  const incident = withContainmentsEnded(before, book.atMs)
  const isDone = !isOver(incident) && !incident.findings.some(lasts)
  const next = isDone
    ? resolved(incident, book.atMs, 'Resolved by itself: nothing of it is found any more.')
    : incident
  if (next !== before) book.put(next)
}

const worst = ({ severity }: StoredIncident, finding: StoredFinding): StoredIncident['severity'] =>
  isMoreSevere(finding.severity, severity) ? finding.severity : severity

/** Keeps all findings that last, and the newest of the others. */
function bounded(findings: readonly StoredFinding[]): readonly StoredFinding[] {
  if (findings.length <= FINDINGS_MAX) return findings
  const dropped = findings.find((one) => !lasts(one)) ?? findings[1]
  return bounded(findings.filter((one) => one !== dropped))
}
