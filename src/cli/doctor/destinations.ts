/** Each destination: whether events arrive there, and what waits, was given up or is lost. */
import type { Delivery, destinationRoutes } from '../../api/destinations.ts'
import type { AnswerOf } from '../../api/route.ts'
import { deliveryWords } from '../../console/messages/destinations.ts'
import { type Finding, note, ok, wrong } from './finding.ts'

/** `delivery` is null if the object that delivers did not answer. */
export type ExaminedDestination = Pick<AnswerOf<typeof destinationRoutes.getDestination>, 'name' | 'delivery'>

/** An endpoint that restarts fails for a while. */
const FAILING_MAX_SECONDS = 900
/** A single failure is followed by a success, mostly. */
const NOTED_AFTER_SECONDS = 60

export function destinationFindings(destinations: readonly ExaminedDestination[], nowMs: number): Finding[] {
  if (destinations.length === 0) return [ok('destinations', 'There is none.')]
  return destinations.flatMap(({ name, delivery }) => [
    state(name, delivery, nowMs),
    ...(delivery === null
      ? []
      : [...deadLetters(name, delivery), ...missed(name, delivery), ...restored(name, delivery, nowMs)]),
  ])
}

const attempts = (name: string) => `postern destinations attempts ${name} shows what the endpoint answered`

function state(name: string, delivery: Delivery | null, nowMs: number): Finding {
  const part = `destination ${name}`
  const { state: word, reason } = deliveryWords(delivery)
  if (delivery === null)
    return wrong(part, reason ?? word, 'Look at the log of the consumer: npx wrangler tail postern-consumer.')
  if (delivery.state === 'active') return active(part, name, delivery, nowMs)
  const since = delivery.since === null ? '' : ` since ${delivery.since}`
  const level = delivery.state === 'paused' ? note : wrong
  return level(part, `It is ${word}${since}: ${reason}`, STOPPED[delivery.state](name))
}

const STOPPED: Readonly<Record<Exclude<Delivery['state'], 'active'>, (name: string) => string>> = {
  disabled: (name) =>
    `Mend it (${attempts(name)}), try it with postern destinations test ${name}, then postern destinations resume ${name}.`,
  circuit_open: (name) =>
    `${attempts(name)}. It goes on when a probe succeeds; postern destinations resume ${name} tries at once.`,
  paused: (name) => `postern destinations resume ${name}, before old events are removed from the store.`,
}

function active(part: string, name: string, delivery: Delivery, nowMs: number): Finding {
  const { warning, blocked_since: blocked, failing_since: failing, backlog, waiting } = delivery
  if (warning !== null) return wrong(part, warning, `${attempts(name)}.`)
  const since = failing ?? blocked
  const seconds = since === null ? 0 : (nowMs - Date.parse(since)) / 1_000
  if (since === null || seconds < NOTED_AFTER_SECONDS)
    return ok(part, `Events arrive. Backlog: ${backlog}. Waiting: ${waiting}.`)
  const level = seconds > FAILING_MAX_SECONDS ? wrong : note
  return failing === null
    ? level(
        part,
        `An event fails since ${since}. Later ones of its message and recipient wait behind it.`,
        `postern destinations waiting ${name} shows it; postern destinations skip ${name} ID gives it up.`,
      )
    : level(part, `No attempt has succeeded since ${since}.`, `${attempts(name)}.`)
}

const deadLetters = (name: string, { dead_letters: dead }: Delivery): Finding[] =>
  dead === 0
    ? []
    : [
        wrong(
          `dead letters of ${name}`,
          `${dead} deliveries were given up on.`,
          `postern destinations dead-letters ${name} says why; mend it, then postern destinations redrive ${name} --all.`,
        ),
      ]

/** For so long it is said. */
const RESTORED_SHOWN_MS = 7 * 86_400_000

const restored = (name: string, { store_restored_at: at }: Delivery, nowMs: number): Finding[] =>
  at === null || nowMs - Date.parse(at) > RESTORED_SHOWN_MS
    ? []
    : [
        note(
          `destination ${name}`,
          `The database was restored to an earlier time, which was noticed at ${at}. It goes on with what was stored since.`,
          `What was stored before and not sent is gone. To send again what is there: postern destinations replay ${name} --since TIME.`,
        ),
      ]

/** The number stays for ever, so it is no reason to fail each time. */
const missed = (name: string, { missed: count }: Delivery): Finding[] =>
  count === 0
    ? []
    : [
        note(
          `missed events of ${name}`,
          `${count} events were removed from the store before they were sent. They are lost to it.`,
          'Mend an endpoint, or resume it, before you remove old events from the store.',
        ),
      ]
