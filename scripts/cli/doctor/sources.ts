/** Each source: whether something comes, whether all of it is refused, and how its secrets stand. */
import { type Finding, note, ok, wrong } from './finding.ts'

export interface ExaminedSource {
  readonly name: string
  readonly rotations: readonly {
    readonly slot: string
    readonly state: 'fresh' | 'soon' | 'due' | 'waiting' | 'installing'
    readonly made_here: boolean
    readonly due_at: string | null
    readonly problem: string | null
  }[]
}

export interface Activity {
  readonly events: readonly { readonly hour: string; readonly source: string; readonly count: number }[]
  readonly refusals: readonly {
    readonly source: string | null
    readonly code: string
    readonly count: number
  }[]
}

/** The counters that are asked for reach back so far. */
export const LOOKED_BACK_DAYS = 7

/** @param activity of the last {@link LOOKED_BACK_DAYS} days; refusals are kept for a day */
export function sourceFindings(sources: readonly ExaminedSource[], activity: Activity): Finding[] {
  if (sources.length === 0)
    return [note('sources', 'There is none.', 'postern sources put NAME FILE makes the first.')]
  return sources.flatMap((source) => [traffic(source.name, activity), ...secrets(source)])
}

function traffic(name: string, { events, refusals }: Activity): Finding {
  const part = `source ${name}`
  const hours = events.filter(({ source }) => source === name).map(({ hour }) => hour)
  const last = hours.toSorted().at(-1)
  const refused = refusals.filter(({ source }) => source === name)
  const [most] = refused.toSorted((a, b) => b.count - a.count)
  const count = refused.reduce((sum, one) => sum + one.count, 0)
  if (last === undefined && most !== undefined)
    return wrong(
      part,
      `No event in ${LOOKED_BACK_DAYS} days, and ${count} deliveries refused in the last day, most with ${most.code}.`,
      `postern refusals list --source ${name} says why.`,
    )
  if (last === undefined)
    return note(part, `No event in ${LOOKED_BACK_DAYS} days.`, 'Is its webhook URL entered at the ESP?')
  const also = count === 0 ? '' : ` Refused in the last day: ${count}.`
  return ok(part, `The last event is of the hour ${last}.${also}`)
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
