/** One sentence with numbers: what is found, what is usual, since when, from where. */
import { DAY_MS, toInstant } from '../../platform/time.ts'
import { patternOf } from '../patterns/index.ts'
import { type StoredFinding, type StoredIncident, lasts } from './stored.ts'

/** `bounces are 31 % of outcomes, usually 2.1 % (41 of 132 in 20 min), since 02:55 UTC, from networks never seen before`. */
export function headlineOf(incident: StoredIncident, lead: StoredFinding): string {
  const others = new Set(incident.findings.map(({ source }) => source)).size - 1
  const ofEsp = incident.provider === null ? '' : ` of ${incident.provider}`
  const sources = others < 1 ? '' : ` (${others + 1} sources${ofEsp})`
  const isNew = !isOfNewNetworks(lead) && incident.findings.some((one) => isOfNewNetworks(one) && lasts(one))
  const from = isNew ? ', from networks never seen before' : ''
  // Evidence of two sentences gets a third one.
  const evidence = lead.evidence.replace(/\.$/, '')
  const since = evidence.includes('. ') ? '. Since' : ', since'
  return `${evidence}${sources}${since} ${clockTime(lead.sinceMs, incident.openedMs)} UTC${from}`
}

const isOfNewNetworks = ({ kind }: StoredFinding): boolean => patternOf(kind)?.hasNewNetworks === true

/** With the date if it is not within the day before. */
const clockTime = (atMs: number, nearMs: number): string => {
  const [date = '', time = ''] = toInstant(atMs).split('T')
  const hours = time.slice(0, 5)
  return nearMs - atMs < DAY_MS ? hours : `${date} ${hours}`
}
