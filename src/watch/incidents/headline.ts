/** One sentence with numbers: what is found now, what is usual, how it was at its worst, from where or why. Times are fields beside it. */
import { figureWords } from '../names.ts'
import { patternOf } from '../patterns/index.ts'
import { type MainCause, mainCauseName, mainCauseWords } from '../main-cause.ts'
import { currentOf, worstOf } from './figures.ts'
import { type StoredFinding, type StoredIncident, lasts } from './stored.ts'

/** `bounces are 31 % of outcomes, usually 2.1 % (41 of 132 in 30 min), at its worst 96 %, from networks never seen before`. */
export function headlineOf(incident: StoredIncident, lead: StoredFinding, main?: MainCause): string {
  const others = new Set(incident.findings.map(({ source }) => source)).size - 1
  const ofEsp = incident.provider === null ? '' : ` of ${incident.provider}`
  const sources = others < 1 ? '' : ` (${others + 1} sources${ofEsp})`
  const isNew = !isOfNewNetworks(lead) && incident.findings.some((one) => isOfNewNetworks(one) && lasts(one))
  const from = isNew ? ', from networks never seen before' : ''
  const [cause, why] = main === undefined ? [null, null] : [mainCauseName(main), mainCauseWords(main)]
  // The cause comes first, since lists and subjects cut the end off.
  const front = cause === null ? '' : `${cause}: `
  const end = why === null ? '' : `; ${why}`
  return `${front}${lead.evidence.replace(/\.$/, '')}${sources}${atWorst(lead)}${from}${end}`
}

const isOfNewNetworks = ({ kind }: StoredFinding): boolean => patternOf(kind)?.hasNewNetworks === true

/** Nothing while it is at its worst. */
function atWorst(lead: StoredFinding): string {
  const [now, worst] = [currentOf(lead), worstOf(lead)].map((one) => figureWords(one.measure, one.observed))
  return now === worst ? '' : `, at its worst ${worst}`
}
