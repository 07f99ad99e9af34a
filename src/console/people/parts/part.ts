/** One kind of thing that is known of a person. */
import type { PartName, PersonData } from '../../../api/person-data.ts'
import type { RequestContext } from '../../request-context.ts'

/** Whom a request asks about, whether anything is known of them or not. */
export interface SoughtPerson {
  /** Normalized. */
  readonly address: string
  /** Blind index, 32 hex digits. */
  readonly index: string
}

/** Reads a page. @param after where the page before has ended; null for the first */
export type Part<Name extends PartName> = (
  context: RequestContext,
  person: SoughtPerson,
  after: string | null,
) => Promise<Page<PersonData[Name][number]>>

interface Page<Item> {
  readonly items: readonly Item[]
  /** Null after the last page. */
  readonly next: string | null
}

/** The ids of a page. @param all sorted */
export function pageOfIds(all: readonly string[], after: string | null, limit: number): Page<string> {
  const left = all.filter((id) => after === null || id > after)
  const items = left.slice(0, limit)
  return { items, next: left.length > items.length ? (items.at(-1) ?? null) : null }
}

/** A page that is the only one. */
export const onlyPage = <Item>(items: readonly Item[]): Page<Item> => ({ items, next: null })
