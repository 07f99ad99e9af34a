/** Kinds of deliveries by what became of them: how each is read, narrowed and shown, and what can be done with it. */
import type { FC } from 'hono/jsx'
import { startingAt, toCursor } from '../../../store/cursor.ts'
import type { ConsoleContext } from '../../context.ts'
import type { RequestContext } from '../../request-context.ts'
import type { Column } from '../components.tsx'
import { type Filter, textIn } from '../filters.tsx'
import type { Notices } from '../notices.ts'
import { type Reader, momentMs, readerOf } from '../range.ts'
import type { ActivityRow } from './row.tsx'

/** The page of a list that an address asks for. */
export interface Asked {
  readonly query: URLSearchParams
  readonly sinceMs: number | undefined
  readonly untilMs: number | undefined
  readonly limit: number
  readonly cursor: string | undefined
  /** Whether other kinds are in the same list. */
  readonly isMixed: boolean
}

export interface KindPage {
  readonly rows: readonly ActivityRow[]
  readonly next: string | null
  /** A cursor of the page that begins with one of the rows. */
  readonly cursorAt: (index: number) => Promise<string>
}

export interface Kind {
  /** In the address. */
  readonly show: string
  readonly title: string
  /** Beside the source and the span of time, which all have. */
  readonly filters: readonly Filter[]
  /** @throws {CursorMalformed} */
  readonly read: (c: ConsoleContext, asked: Asked) => Promise<KindPage>
  /** How many wait for somebody, up to a number; absent for a kind that the bars count. */
  readonly count?: (context: RequestContext, source: string | undefined, most: number) => Promise<number>
  /** Done with a row, by operators. */
  readonly actions?: Column<ActivityRow>
  /** Done with all that match. */
  readonly All?: FC<{ query: URLSearchParams }>
  readonly notices?: Pick<Notices<string>, 'of'>
  readonly empty: string
  /** Where the command line and the API have the same list. */
  readonly same: {
    readonly command: string
    readonly path: string
    readonly of: (query: URLSearchParams, reader: Reader) => Readonly<Record<string, string | undefined>>
  }
}

export const ACTIVITY = '/activity'

/** Its segment. */
export const segment = (show: string): string => `${ACTIVITY}?show=${show}`

/** Moments of the span. `now` as its end is no limit. */
export function spanOf(c: ConsoleContext, query: URLSearchParams): Pick<Asked, 'sinceMs' | 'untilMs'> {
  const reader = readerOf(c)
  const moment = (name: string) => momentMs(query.get(name) ?? '', reader)
  return { sinceMs: moment('from'), untilMs: query.get('to') === 'now' ? undefined : moment('to') }
}

/** The cursor of a list by time that has no span: its end is where a page begins. */
export const startOf = ({ cursor, untilMs }: Asked): string | undefined =>
  cursor ?? (untilMs === undefined ? undefined : toCursor({ atMs: untilMs, id: '' }))

/** A page of such a list: rows before the span are left out, and then no page follows. */
export function pageOf(all: readonly ActivityRow[], next: string | null, { sinceMs = 0 }: Asked): KindPage {
  const rows = all.filter(({ atMs }) => atMs >= sinceMs)
  return {
    rows,
    next: rows.length < all.length ? null : next,
    cursorAt: async (index) => startingAt(rows[index] ?? { atMs: 0, id: '' }),
  }
}

/** The filters of the address in the names of the API. @param names of the API by those of the address */
export const named =
  (names: Readonly<Record<string, string>>) =>
  (query: URLSearchParams): Readonly<Record<string, string | undefined>> =>
    Object.fromEntries(Object.entries(names).map(([name, to]) => [to, textIn(query, name)]))
