/** Tries to send an event to each destination, and what is still to come. */
import type { Attempt, WaitingDelivery } from '../../../api/destinations.ts'
import type { DeliveryState } from '../../../destinations/api.ts'
import { type Filter, eventFilter } from '../../../event/filter/filter.ts'
import { DAY_MS } from '../../../platform/time.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import type { StoredEvent } from '../../../store/stored-event.ts'
import { deliveryStatus, shownDeliveries } from '../../destinations.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { OUTCOME_TONES, tryWord } from '../destinations/lists.tsx'
import { DESTINATIONS } from '../destinations/resource.ts'
import type { Step } from './steps.tsx'

/** Destinations that are asked: each is a call. */
const DESTINATIONS_ASKED = 20
/** Of each destination. */
const ATTEMPTS = 20
const WAITING = 50
/** Destinations keep attempts for so long. */
const ATTEMPTS_KEPT_MS = 7 * DAY_MS

export interface Sending {
  readonly name: string
  /** The oldest first. */
  readonly attempts: readonly Attempt[]
  /** If the last try failed and another comes; undefined also if too many others wait before it. */
  readonly waiting: WaitingDelivery | undefined
  /** Why there is no attempt. */
  readonly absence: Absence
}

type Absence = 'filtered' | 'undecided' | 'made_later' | 'long_ago' | DeliveryState['state']

/** @returns undefined if the registry or an object did not answer */
export async function readSendings(
  context: RequestContext,
  event: StoredEvent,
): Promise<readonly Sending[] | undefined> {
  const all = await answered(context, 'registry', () => context.registry.destinations.list())
  const lists = await Promise.all(
    all?.slice(0, DESTINATIONS_ASKED).map((one) =>
      answered(context, 'destination', async (): Promise<Sending> => {
        const deliveries = shownDeliveries(context, one.name)
        const { entries } = await deliveries.attempts({
          event_id: event.id,
          limit: ATTEMPTS,
          cursor: undefined,
        })
        const absence = absenceOf(one, event, {
          nowMs: context.nowMs,
          seesPeople: context.store.scope.personal,
        })
        const isPending = entries.length === 0 && absence === 'active'
        const waiting =
          entries[0]?.outcome === 'failed'
            ? await deliveries.waiting({ limit: WAITING, cursor: undefined })
            : undefined
        return {
          name: one.name,
          attempts: entries.toReversed(),
          waiting: waiting?.entries.find(({ event_ids: ids }) => ids.includes(event.id)),
          absence: isPending ? ((await deliveryStatus(context, one.name))?.state ?? absence) : absence,
        }
      }),
    ) ?? [],
  )
  return all === undefined || lists.includes(undefined) ? undefined : lists.filter((one) => one !== undefined)
}

interface Reader {
  readonly nowMs: number
  readonly seesPeople: boolean
}

/** The filter is that of today. Its conditions may be about people. */
export function absenceOf(
  {
    createdAtMs,
    config,
  }: Pick<DestinationView, 'createdAtMs'> & { readonly config: Pick<DestinationView['config'], 'filter'> },
  event: StoredEvent,
  { nowMs, seesPeople }: Reader,
): Absence {
  const { where, ...plain }: Filter = config.filter ?? {}
  const receivedMs = Date.parse(event.received_at)
  if (!eventFilter(plain)(event)) return 'filtered'
  if (where !== undefined && seesPeople && !eventFilter({ where })(event)) return 'filtered'
  if (receivedMs < nowMs - ATTEMPTS_KEPT_MS) return 'long_ago'
  if (receivedMs < createdAtMs) return 'made_later'
  if (where !== undefined && !seesPeople) return 'undecided'
  return 'active'
}

const ABSENCE_WORDS: Readonly<Record<Absence, string>> = {
  filtered: 'Not sent: its filter does not want it.',
  undecided: 'Not sent yet, or its filter does not want it.',
  made_later: 'Not sent: the destination was made later.',
  long_ago: 'Attempts are kept for seven days, so nobody knows any more.',
  active: 'Not sent yet.',
  paused: 'Waits: the destination is paused.',
  circuit_open: 'Waits: most attempts failed, so its circuit is open.',
  disabled: 'Waits: the destination is disabled.',
}

const TROUBLE: ReadonlySet<Absence> = new Set(['circuit_open', 'disabled'])

/** The tries of all in the order of their times, then what is still to come. */
export const stepsOfSendings = (sendings: readonly Sending[]): readonly Step[] => [
  ...sendings
    .flatMap(({ name, attempts }) => attempts.map((attempt) => tryOf(name, attempt)))
    .toSorted((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0)),
  ...sendings.flatMap(comesOf),
]

const tryOf = (name: string, attempt: Attempt): Step => {
  const { at, outcome, status, milliseconds, error, response } = attempt
  const word = tryWord(attempt)
  return {
    tone: OUTCOME_TONES[outcome],
    title: name,
    says: [
      `${/^\d/.test(word) ? `try ${word}` : word}: ${status ?? 'no answer'} in ${milliseconds.toLocaleString('en')} ms`,
      response ?? error,
    ],
    atMs: Date.parse(at),
  }
}

function comesOf({ name, attempts, waiting, absence }: Sending): readonly Step[] {
  const last = attempts.at(-1)
  if (last?.outcome === 'delivered') return []
  const action = <a href={DESTINATIONS.pathOf(name)}>open {name}</a>
  if (last === undefined)
    return [
      { tone: TROUBLE.has(absence) ? 'bad' : 'plain', title: name, says: [ABSENCE_WORDS[absence]], action },
    ]
  if (last.outcome === 'exhausted')
    return [{ tone: 'bad', title: name, says: ['Given up: its tries are used up.'], action }]
  const nextMs = Date.parse(waiting?.next_try_at ?? '')
  const atMs = Number.isNaN(nextMs) ? undefined : nextMs
  return [{ tone: 'warn', title: name, says: ['Waits for its next try.'], atMs, action }]
}
