/** Chooses what a probe sends. */
import type { Opened } from './send/deliveries.ts'
import type { Waiting } from './memory/waiting-row.ts'

type Kind = Pick<Waiting, 'source' | 'type'>

/**
 * Any of these events. An endpoint may be well and refuse some events, so it is one of a source and type of which nothing has failed,
 * if there is one. A kind with many events is not chosen more often than others.
 *
 * @param random from 0 up to 1, anew at each call
 */
export function chooseProbe(
  events: readonly Opened[],
  failing: readonly Kind[],
  random: () => number,
): Opened | undefined {
  const failed = new Set(failing.map(nameOf))
  const unlike = events.filter(({ event }) => !failed.has(nameOf(event)))
  const chosenFrom = unlike.length > 0 ? unlike : events
  const kinds = [...Map.groupBy(chosenFrom, ({ event }) => nameOf(event)).values()]
  const kind = anyOf(kinds, random) ?? []
  return anyOf(kind, random)
}

const nameOf = ({ source, type }: Kind): string => JSON.stringify([source, type])

const anyOf = <T>(items: readonly T[], random: () => number): T | undefined =>
  items[Math.floor(random() * items.length)]
