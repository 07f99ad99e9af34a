/** Each source: whether events come, whether every delivery is refused, and the state of its secrets. */
import type { counterRoutes } from '../../api/counters.ts'
import type { Refusal } from '../../api/refusals.ts'
import type { AnswerOf } from '../../api/route.ts'
import type { Source } from '../../api/sources.ts'
import { DAY_MS } from '../../platform/time.ts'
import { FRESHNESS } from '../../providers/freshness.ts'
import { type Finding, note, ok, wrong } from './finding.ts'
import { remedyFor } from './remedies.ts'

export type ExaminedSource = Pick<
  Source,
  'name' | 'provider' | 'created_at' | 'rotations' | 'refuses_everything'
>

type Counters = AnswerOf<typeof counterRoutes.getCounters>

export interface Activity extends Pick<Counters, 'refusals'> {
  readonly events: readonly Omit<Counters['events'][number], 'type'>[]
}

/** Latest refusals of one source, and the time of its last event. */
export interface RecentRefusals {
  /** Newest first: a sample. */
  readonly refusals: readonly Pick<Refusal, 'at' | 'code' | 'explanation' | 'probe'>[]
  /** RFC 3339; null if there is no event. */
  readonly lastReceivedAt: string | null
}

/** How far back the counters of events are read. */
export const LOOKED_BACK_DAYS = 7

/** Fewer refusals in a row may be a stranger's. */
const REFUSED_IN_A_ROW_MIN = 3

/** The sources of which {@link RecentRefusals} are worth a call. */
export const refusedSources = (sources: readonly ExaminedSource[], { refusals }: Activity): string[] =>
  sources.map(({ name }) => name).filter((name) => refusals.some(({ source }) => source === name))

/** @param activity of the last {@link LOOKED_BACK_DAYS} days; refusals are kept for a day */
export function sourceFindings(
  sources: readonly ExaminedSource[],
  activity: Activity,
  recent: ReadonlyMap<string, RecentRefusals>,
  nowMs: number,
): Finding[] {
  if (sources.length === 0)
    return [note('sources', 'There is none.', 'postern sources put NAME FILE makes the first.')]
  return sources.flatMap((source) => [
    closed(source) ?? traffic(source, activity, recent.get(source.name), nowMs),
    ...secrets(source),
    ...stale(source, nowMs),
  ])
}

const closed = ({ name, refuses_everything: why }: ExaminedSource): Finding | undefined =>
  why === null ? undefined : wrong(`source ${name}`, why.explanation, why.remedy)

function traffic(
  { name, created_at: createdAt }: ExaminedSource,
  { events, refusals }: Activity,
  recent: RecentRefusals | undefined,
  nowMs: number,
): Finding {
  const part = `source ${name}`
  const last = events
    .filter(({ source }) => source === name)
    .map(({ hour }) => hour)
    .toSorted()
    .at(-1)
  const refused = refusedByCode(name, refusals, recent)
  const [most] = refused.toSorted((a, b) => b.count - a.count)
  const count = refused.reduce((sum, one) => sum + one.count, 0)

  const inARow = refusedInARow(recent)
  const [newest] = inARow
  if (newest !== undefined && (inARow.length >= REFUSED_IN_A_ROW_MIN || last === undefined)) {
    const since = recent?.lastReceivedAt ?? null
    const says = since === null ? 'Every delivery is refused' : `Every delivery since ${since} is refused`
    return wrong(part, `${says} (${newest.code}). ${newest.explanation}`, remedyFor(newest.code, name))
  }
  if (last === undefined && most !== undefined)
    return wrong(
      part,
      `${noEvent(createdAt, nowMs)}, and ${count} deliveries refused in the last day, most with ${most.code}.`,
      remedyFor(most.code, name),
    )
  if (last === undefined)
    return note(part, `${noEvent(createdAt, nowMs)}.`, 'Is its webhook URL entered at the ESP?')
  const also = count === 0 ? '' : ` Refused in the last day: ${count}.`
  return ok(part, `The last event is of the hour ${last}.${also}`)
}

/** A source that is younger than what was looked at has had no event at all. */
const noEvent = (createdAt: string, nowMs: number): string =>
  nowMs - Date.parse(createdAt) < LOOKED_BACK_DAYS * 86_400_000
    ? `No event since it was made at ${createdAt}`
    : `No event in ${LOOKED_BACK_DAYS} days`

/** Refusals after which no delivery was accepted. */
function refusedInARow(recent: RecentRefusals | undefined): RecentRefusals['refusals'] {
  if (recent === undefined) return []
  const { refusals, lastReceivedAt } = recent
  const lastMs = lastReceivedAt === null ? -Infinity : Date.parse(lastReceivedAt)
  return refusals.filter(({ at, probe }) => !probe && Date.parse(at) > lastMs)
}

/** Without those of drills and assessments. A sample of nothing else stands for all. */
function refusedByCode(
  name: string,
  refusals: Activity['refusals'],
  recent: RecentRefusals | undefined,
): { code: string; count: number }[] {
  const sample = recent?.refusals ?? []
  if (sample.length > 0 && sample.every(({ probe }) => probe)) return []
  return refusals
    .filter(({ source }) => source === name)
    .map(({ code, count }) => ({
      code,
      count: count - sample.filter((one) => one.probe && one.code === code).length,
    }))
    .filter(({ count }) => count > 0)
}

type Rotation = ExaminedSource['rotations'][number]
type Judge = (rotation: Rotation, place: string) => Omit<Finding, 'part'> | undefined

const JUDGES: Readonly<Record<Rotation['state'], Judge>> = {
  fresh: () => undefined,
  soon: ({ due_at: due, made_here: here }, place) => ({
    level: 'note',
    says: `Due at ${due ?? 'some time'}.`,
    todo: here
      ? `postern secrets rotate ${place}`
      : `Make another at the ESP, then postern secrets rotate ${place} --stdin.`,
  }),
  due: ({ due_at: due, made_here: here }, place) => ({
    level: 'wrong',
    says: `Due since ${due ?? 'some time'}.`,
    todo: here
      ? `postern secrets rotate ${place}`
      : `Make another at the ESP, then postern secrets rotate ${place} --stdin.`,
  }),
  waiting: (_rotation, place) => ({
    level: 'note',
    says: 'A new value is made, and nobody has fetched it.',
    todo: `postern secrets link ${place} VERSION makes a link for whoever runs the sender.`,
  }),
  installing: ({ problem }, place) => ({
    level: problem === null ? 'note' : 'wrong',
    says: problem === null ? 'The ESP is being told.' : `The ESP has not taken it: ${problem}`,
    todo: `It is retried by itself; postern secrets list ${place.split(' ')[0]} shows it.`,
  }),
}

const secrets = ({ name, rotations }: ExaminedSource): Finding[] =>
  rotations.flatMap((rotation) => {
    const judged = JUDGES[rotation.state](rotation, `${name} ${rotation.slot}`)
    return judged === undefined ? [] : [{ part: `secret ${name}/${rotation.slot}`, ...judged }]
  })

/** ESPs change their payloads. What a version knows is worth less after so many days. */
const STALE_DAYS = 180

function stale({ name, provider }: ExaminedSource, nowMs: number): Finding[] {
  const lookedOn = FRESHNESS[provider]?.lookedOn
  if (lookedOn === undefined || nowMs - Date.parse(lookedOn) <= STALE_DAYS * DAY_MS) return []
  return [
    note(
      `source ${name}`,
      `This version knows ${provider} as it was on ${lookedOn}.`,
      'Upgrade Postern: a newer version may know what the ESP has changed since.',
    ),
  ]
}
