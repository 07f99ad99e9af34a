/**
 * The report of an incident as Markdown, for people who were not there: what happened, how bad it was, what was done, what is left. It
 * holds no email address, and no text of an incident makes structure of its own: see `report-text.ts`.
 */
import type { Containment } from '../../registry/containment/containment.ts'
import { figureText, kindName, measureName } from '../names.ts'
import { percent } from '../patterns/pattern.ts'
import { EVIDENCE_LISTS, type IncidentEvidence } from './evidence.ts'
import type { Incident, IncidentFinding, TimelineEntry, TimelineKind } from './incident.ts'
import { commandText, item, lengthOf, personOf, plain, row, timeOf } from './report-text.ts'
import { isOver } from './stored.ts'

/** @param nowMs when it is written */
export function reportOf(incident: Incident, evidence: IncidentEvidence | null, nowMs: number): string {
  const sections = [
    `# Incident ${incident.number}: ${plain(kindName(incident.kind))}${placeInTitle(incident)}`,
    summary(incident, nowMs),
    `Written on ${timeOf(nowMs)} UTC. All times are UTC.`,
    '## How bad it is',
    `Severity: ${incident.severity}. Risk: ${incident.risk.level}.`,
    ...(incident.risk.reasons.length === 0 ? [] : [listed(incident.risk.reasons.map(plain))]),
    '## Evidence',
    findings(incident),
    usualValues(incident),
    ...networks(incident),
    ...examples(incident),
    ...eventsIn(evidence),
    '## What was done',
    listed([
      ...incident.containments.map(containmentLine),
      ...incident.timeline.filter(isDone).map(doneLine),
    ]) || 'Nobody did anything.',
    '## Timeline',
    timeline(incident),
    '## Review',
    review(incident),
    '## Left to do',
    listed(leftToDo(incident)) || 'Nothing.',
  ]
  return `${sections.join('\n\n')}\n`
}

function placeInTitle({ source, sources, subject }: Incident): string {
  if (source !== null) return ` at ${plain(source)}${subject === null ? '' : ` (${plain(subject)})`}`
  if (sources.length > 1) return ` at ${sources.length} sources${ofEsp(subject)}`
  return subject === null ? '' : ` (${plain(subject)})`
}

function placeInText({ source, sources, subject }: Incident): string {
  if (sources.length > 1)
    return `At ${sources.length} sources${ofEsp(subject)} (${sources.map(plain).join(', ')})`
  const one = source ?? sources[0]
  return one === undefined ? 'In the installation' : `At the source ${plain(one)}`
}

const ofEsp = (provider: string | null): string => (provider === null ? '' : ` of ${plain(provider)}`)

/** One paragraph: what, since when, until when, who. */
function summary(incident: Incident, nowMs: number): string {
  const { headline, sinceMs, openedMs, assignee, resolvedMs } = incident
  const endMs = isOver(incident) ? (resolvedMs ?? nowMs) : nowMs
  return [
    `${placeInText(incident)}, the watch found: ${plain(headline)}.`,
    `It began on ${timeOf(sinceMs)} and was found on ${timeOf(openedMs)}, ${lengthOf(openedMs - sinceMs)} later.`,
    standing(incident),
    isOver(incident)
      ? `It lasted ${lengthOf(endMs - sinceMs)}.`
      : `It has lasted ${lengthOf(endMs - sinceMs)} so far.`,
    ...(assignee === null ? [] : [`It is assigned to ${personOf(assignee)}.`]),
  ].join(' ')
}

function standing({ state, openedMs, acknowledgedMs, containedMs, resolvedMs }: Incident): string {
  const after = (ms: number | null): string =>
    ms === null ? '' : ` on ${timeOf(ms)}, ${lengthOf(ms - openedMs)} after it was found`
  if (state === 'open') return 'It is open: nobody has acknowledged it.'
  if (state === 'acknowledged') return `It was acknowledged${after(acknowledgedMs)}.`
  if (state === 'contained') return `It was contained${after(containedMs)}.`
  return `It was resolved${after(resolvedMs)}.`
}

const findings = ({ findings: all }: Incident): string =>
  [
    row(['found', 'severity', 'since', 'until', 'evidence']),
    row(['---', '---', '---', '---', '---']),
    ...all.map((one) =>
      row([
        nameOf(one),
        one.severity,
        timeOf(one.sinceMs),
        one.endedMs === null ? 'lasts' : timeOf(one.endedMs),
        plain(one.evidence),
      ]),
    ),
  ].join('\n')

const nameOf = ({ kind, subject }: IncidentFinding): string =>
  subject === null ? plain(kindName(kind)) : `${plain(kindName(kind))} (${plain(subject)})`

const usualValues = ({ findings: all }: Incident): string =>
  [
    row(['found', 'value', 'seen', 'usual', 'part of the surprise']),
    row(['---', '---', '---:', '---:', '---:']),
    ...all.flatMap((one) =>
      one.features.map((feature) =>
        row([
          nameOf(one),
          plain(measureName(feature.name)),
          figureText(feature.name, feature.observed),
          figureText(feature.name, feature.expected),
          percent(feature.share),
        ]),
      ),
    ),
  ].join('\n')

const networks = ({ networks: all }: Incident): string[] =>
  all.length === 0 ? [] : [`Networks that it came from: ${all.map(plain).join(', ')}.`]

/** Payloads in which each value is replaced by its type and length. */
const examples = ({ findings: all }: Incident): string[] =>
  all.flatMap(({ example }) =>
    example === undefined ? [] : [`A payload of it, without its values: ${plain(example)}`],
  )

/** Common traits of the incident's events. Samples are ids: whoever may see more looks them up. */
function eventsIn(evidence: IncidentEvidence | null): string[] {
  if (evidence === null) return []
  const { events, samples } = evidence
  const lines = EVIDENCE_LISTS.flatMap(([of, words]) => {
    const counted = evidence[of]
    if (counted.length === 0) return []
    return [`${words}: ${counted.map(({ name, count }) => `${plain(name)} (${count})`).join(', ')}.`]
  })
  const ids = samples.map(({ requestId }) => plain(requestId)).join(', ')
  return [
    ...(events === 0 ? [] : [`Of the latest ${events} events:`]),
    listed([...lines, ...(ids === '' ? [] : [`Deliveries to look at: ${ids}.`])]),
  ]
}

const MEASURES: {
  readonly [A in Containment['measure']['action']]: (
    measure: Extract<Containment['measure'], { readonly action: A }>,
  ) => string
} = {
  block: ({ network }) => `The network ${plain(network)} was blocked`,
  raise_level: ({ level }) => `The level was raised to ${level}`,
  pause: () => 'The source was paused',
  rotate: ({ slot }) => `The secret ${plain(slot)} was rotated`,
}

function containmentLine({ source, measure, startedAtMs, endsAtMs, liftedAtMs, by }: Containment): string {
  const say = MEASURES[measure.action] as (measure: Containment['measure']) => string
  const who = by === 'policy' ? 'the policy' : personOf(by)
  const end =
    liftedAtMs !== null
      ? `; lifted on ${timeOf(liftedAtMs)}, before its end`
      : endsAtMs > startedAtMs
        ? ` until ${timeOf(endsAtMs)}`
        : ''
  return `${say(measure)} at ${plain(source)} by ${who} on ${timeOf(startedAtMs)}${end}.`
}

/** Kinds of entries for actions of people; containments have their own lines. */
const DONE: readonly TimelineKind[] = ['acknowledged', 'assigned', 'noted', 'resolved', 'reviewed']

const isDone = ({ kind, who }: TimelineEntry): boolean => who !== null && DONE.includes(kind)

const doneLine = (entry: TimelineEntry): string =>
  `${timeOf(entry.atMs)}, ${personOf(entry.who ?? 'Postern')}: ${textOf(entry)}`

/** Text of an entry without personal data. The assignee is a person of the team: the name stays. */
const textOf = ({ kind, text }: TimelineEntry): string => (kind === 'assigned' ? personOf(text) : plain(text))

const timeline = ({ timeline: entries }: Incident): string =>
  [
    row(['at', 'who', 'what']),
    row(['---', '---', '---']),
    ...entries.map((one) => row([timeOf(one.atMs), personOf(one.who ?? 'Postern'), textOf(one)])),
  ].join('\n')

const review = ({ review: made }: Incident): string =>
  made === null
    ? 'There is none yet.'
    : [
        `**Cause:** ${plain(made.cause)}`,
        `**Lessons:** ${plain(made.lessons)}`,
        `By ${personOf(made.by)} on ${timeOf(made.atMs)}.`,
      ].join('\n\n')

function leftToDo(incident: Incident): string[] {
  const commands = incident.actions.map(({ label, command }) =>
    command === null ? plain(label) : `${plain(label)}${commandText(command)}`,
  )
  return isOver(incident) ? commands : [...incident.advice.map(plain), ...commands]
}

const listed = (lines: readonly string[]): string => lines.map(item).join('\n')
