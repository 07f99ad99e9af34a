/** Runs probes one after the other. A probe that cannot be done hides no other. */
import { type Finding, type ProbeResult, SEVERITIES } from '../../api/assessments.ts'
import { Stop } from '../stop.ts'
import type { Probe, Weakness } from './probe.ts'
import type { TokenWorld } from './world.ts'

/** The world as far as it is there. `missing` says why the rest is not. */
export interface Available {
  readonly world: Pick<TokenWorld, 'gateway' | 'nowMs' | 'sleep' | 'send' | 'turn'> & Partial<TokenWorld>
  /** By what a probe needs; null if it is there. */
  readonly missing: Readonly<Record<Probe['needs'], string | null>>
}

export interface Results {
  readonly findings: readonly Finding[]
  readonly probes: readonly ProbeResult[]
}

/** @throws {Stop} `interrupted`, if the person ended the assessment */
export async function runProbes(
  probes: readonly Probe[],
  { world, missing }: Available,
  onProbe: (done: number) => void,
): Promise<Results> {
  const findings: Finding[] = []
  const results: ProbeResult[] = []
  const ordered = probes.toSorted((a, b) => Number(a.comesLast ?? false) - Number(b.comesLast ?? false))
  for (const probe of ordered) {
    const reason = missing[probe.needs]
    const found = reason === null ? await examined(probe, world as TokenWorld) : reason
    results.push(resultOf(probe, found))
    if (typeof found !== 'string') findings.push(...found.map((one) => findingOf(probe, one)))
    onProbe(results.length)
  }
  return { findings: findings.toSorted(worstFirst), probes: results }
}

/** Weaknesses, or why it could not be examined. */
async function examined(probe: Probe, world: TokenWorld): Promise<readonly Weakness[] | string> {
  const found: Weakness[] = []
  try {
    for await (const one of probe.run(world)) found.push(one)
    return found
  } catch (cause) {
    if (!(cause instanceof Stop) || cause.exit === 'interrupted') throw cause
    return cause.message
  }
}

const resultOf = ({ id, title }: Probe, found: readonly Weakness[] | string): ProbeResult =>
  typeof found === 'string'
    ? { id, title, outcome: 'not_done', reason: found }
    : { id, title, outcome: found.length === 0 ? 'passed' : 'found', reason: null }

const findingOf = ({ id, title, severity, remedy }: Probe, weakness: Weakness): Finding => ({
  probe: id,
  subject: weakness.subject ?? null,
  title,
  severity: weakness.severity ?? severity,
  evidence: weakness.evidence,
  remedy: weakness.remedy ?? remedy,
})

const worstFirst = (a: Finding, b: Finding): number =>
  SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
  a.probe.localeCompare(b.probe) ||
  (a.subject ?? '').localeCompare(b.subject ?? '')
