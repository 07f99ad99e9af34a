/** Incidents that nobody has ended, the worst first. */
import type { Incident } from '../../api/incidents.ts'
import { SEVERITIES } from '../../watch/severity.ts'
import { type Finding, note, ok, wrong } from './finding.ts'

export type ExaminedIncident = Pick<Incident, 'number' | 'state' | 'severity' | 'source' | 'headline'>

/** More would hide what else is wrong. */
const NAMED_MAX = 10

export function incidentFindings(incidents: readonly ExaminedIncident[]): Finding[] {
  if (incidents.length === 0) return [ok('incidents', 'None is open.')]
  const worstFirst = incidents.toSorted(
    (a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || b.number - a.number,
  )
  const left = worstFirst.length - NAMED_MAX
  return [
    ...worstFirst.slice(0, NAMED_MAX).map(judged),
    ...(left > 0 ? [note('incidents', `${left} more are open.`, 'postern incidents list.')] : []),
  ]
}

/** An info needs nobody, and neither does what somebody takes care of. */
function judged({ number, state, severity, source, headline }: ExaminedIncident): Finding {
  const needsSomebody = state === 'open' && severity !== 'info'
  const where = source === null ? '' : ` at ${source}`
  return (needsSomebody ? wrong : note)(
    `incident ${number}`,
    `${severity}${where}, ${state}: ${headline}.`,
    `postern incidents show ${number} says what to do.`,
  )
}
