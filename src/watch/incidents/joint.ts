/** One cause at several sources: the first of their incidents becomes that of all of them, and the others go on in it. Pure. */
import { patternOf } from '../patterns/index.ts'
import { isMoreSevere } from '../severity.ts'
import { ESP_WITHIN_MINUTES, causeOfEsp, sharedCauses } from './cause.ts'
import { resolved } from './lifecycle.ts'
import { type StoredFinding, type StoredIncident, isOver, lasts } from './stored.ts'

interface Owner {
  readonly name: string
  readonly provider: string
}

/** Sources that share one cause. */
export interface Joint {
  readonly cause: string
  readonly provider: string | null
  /** Of what the other sources have, whatever has this cause. */
  readonly isOf: (one: StoredFinding) => boolean
  /** Incidents with such findings, the one that becomes that of all first. */
  readonly incidents: readonly [StoredIncident, ...StoredIncident[]]
}

/** The same kind at several sources of one ESP within minutes. Undefined if it is at too few. */
export function jointOfEsp(
  all: readonly StoredIncident[],
  finding: StoredFinding,
  { name, provider }: Owner,
  sources: ReadonlyMap<string, Owner>,
): Joint | undefined {
  const needed = patternOf(finding.kind)?.espSources
  if (needed === undefined) return undefined
  const isOf = (one: StoredFinding): boolean =>
    isElsewhere(one, name) &&
    one.kind === finding.kind &&
    Math.abs(one.raisedMinute - finding.raisedMinute) <= ESP_WITHIN_MINUTES
  const [first, ...others] = all
    .filter((one) => !isOver(one) && one.provider === null && one.findings.some(isOf))
    .filter((one) => one.source !== null && sources.get(one.source)?.provider === provider)
  if (first === undefined || others.length + 2 < needed) return undefined
  return { cause: causeOfEsp(provider, finding.kind), provider, isOf, incidents: [first, ...others] }
}

/** One network or one wave at several sources. Undefined if no other source has it. */
export function jointOfSources(
  all: readonly StoredIncident[],
  finding: StoredFinding,
  { name, provider }: Owner,
  sources: ReadonlyMap<string, Owner>,
): Joint | undefined {
  const causes = sharedCauses(finding, provider)
  const causesOf = (one: StoredFinding): string[] =>
    sharedCauses(one, sources.get(one.source ?? '')?.provider ?? '')
  const isOf = (one: StoredFinding): boolean =>
    isElsewhere(one, name) && causesOf(one).some((cause) => causes.includes(cause))
  const [first, ...others] = all
    .filter((one) => !isOver(one) && (causes.includes(one.cause) || one.findings.some(isOf)))
    // An incident that is already about several sources comes first.
    .toSorted((a, b) => Number(a.source !== null) - Number(b.source !== null))
  if (first === undefined) return undefined
  const shared = first.findings.filter(isOf).flatMap(causesOf)
  const cause = first.source === null ? first.cause : shared.find((one) => causes.includes(one))
  return cause === undefined ? undefined : { cause, provider: null, isOf, incidents: [first, ...others] }
}

const isElsewhere = (one: StoredFinding, name: string): boolean =>
  lasts(one) && one.source !== null && one.source !== name

/** The incident of all, and the others without what goes on in it. */
export function joined({ cause, provider, isOf, incidents }: Joint, atMs: number) {
  const [first, ...others] = incidents
  const moved = others.flatMap(({ findings }) => findings.filter(isOf))
  const severity = moved.reduce(
    (worst, one) => (isMoreSevere(one.severity, worst) ? one.severity : worst),
    first.severity,
  )
  const findings = [...first.findings, ...moved]
  return {
    first: { ...first, cause, source: null, provider, severity, findings },
    others: others.map((one) => without(one, isOf, first.number, atMs)),
  }
}

/** Rest of an incident. If nothing is left, it ends. */
function without(
  incident: StoredIncident,
  isOf: Joint['isOf'],
  continuedAs: number,
  atMs: number,
): StoredIncident {
  const left = incident.findings.filter((one) => !isOf(one))
  if (left.some(lasts)) return { ...incident, findings: left }
  const findings = incident.findings.map((one) => (isOf(one) ? { ...one, endedMs: atMs } : one))
  const text = `Goes on as incident ${continuedAs}: several sources have it.`
  return { ...resolved({ ...incident, findings }, atMs, text), continuedAs }
}
