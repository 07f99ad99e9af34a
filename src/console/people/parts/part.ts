/** One kind of thing that is known of a person. */
import type { PartName, PersonData, PersonSum } from '../../../api/person-data.ts'
import type { RequestContext } from '../../request-context.ts'

/** Whom a request asks about, whether anything is known of them or not. */
export interface SoughtPerson {
  /** Normalized. */
  readonly address: string
  /** Blind index, 32 hex digits. */
  readonly index: string
}

export type Sum = Omit<PersonSum, 'place'>

export interface Part<Name extends PartName> {
  /** How much there is, without opening it where that would be slow. */
  readonly sums: (context: RequestContext, person: SoughtPerson) => Promise<readonly Sum[]>
  /** @param after where the page before has ended; null for the first */
  readonly read: (
    context: RequestContext,
    person: SoughtPerson,
    after: string | null,
  ) => Promise<Page<PersonData[Name][number]>>
}

interface Page<Item> {
  readonly items: readonly Item[]
  /** Null after the last page. */
  readonly next: string | null
}

/** A part of few and small items. */
export const wholePart = <Name extends PartName>(
  read: (context: RequestContext, person: SoughtPerson) => Promise<PersonData[Name]>,
  nameOf: (item: PersonData[Name][number]) => string | null,
  timesOf: (item: PersonData[Name][number]) => readonly (string | null)[],
): Part<Name> => ({
  sums: async (context, person) => sumsBy(await read(context, person), nameOf, timesOf),
  read: async (context, person) => ({ items: await read(context, person), next: null }),
})

/** @param timesOf RFC 3339 in UTC, with milliseconds */
export function sumsBy<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string | null,
  timesOf: (item: Item) => readonly (string | null)[],
): Sum[] {
  return [...Map.groupBy(items, nameOf)].map(([name, some]) => {
    const times = some
      .flatMap(timesOf)
      .filter((time) => time !== null)
      .toSorted()
    return { name, count: some.length, since: times[0] ?? null, until: times.at(-1) ?? null }
  })
}
