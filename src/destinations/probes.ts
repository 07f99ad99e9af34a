/** Chooses what a probe sends. */
import type { Opened } from './send/deliveries.ts'
import type { Waiting } from './memory/waiting-row.ts'

type Kind = Pick<Waiting, 'source' | 'type'>

/** Whether nothing of its source has failed. */
export const isOfWellSource = ({ event }: Opened, failing: readonly Kind[]): boolean =>
  !failing.some(({ source }) => source === event.source)

/**
 * Any of these events. An endpoint may be well and refuse some events, so it is one of a source of which nothing has failed, if there is
 * one, else of such a source and type. A kind with many events is not chosen more often than others.
 *
 * @param random from 0 up to 1, anew at each call
 */
export function chooseProbe(
  events: readonly Opened[],
  failing: readonly Kind[],
  random: () => number,
): Opened | undefined {
  const failed = new Set(failing.map(nameOf))
  const chosenFrom =
    [
      events.filter((one) => isOfWellSource(one, failing)),
      events.filter(({ event }) => !failed.has(nameOf(event))),
    ].find(({ length }) => length > 0) ?? events
  const kinds = [...Map.groupBy(chosenFrom, ({ event }) => nameOf(event)).values()]
  const kind = anyOf(kinds, random) ?? []
  return anyOf(kind, random)
}

const nameOf = ({ source, type }: Kind): string => JSON.stringify([source, type])

const anyOf = <T>(items: readonly T[], random: () => number): T | undefined =>
  items[Math.floor(random() * items.length)]
