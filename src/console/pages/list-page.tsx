/** Pages that list things of one kind, newest first, with what is narrowed and where the next page is in the address. */
import type { Child, FC } from 'hono/jsx'
import type { Role } from '../../registry/operators/operator.ts'
import { CursorMalformed } from '../../store/cursor.ts'
import type { ConsoleContext } from '../context.ts'
import { listAddress } from './address.ts'
import { answerPage } from './answer.tsx'
import { Clock, type Column, List, NoticeLine } from './components.tsx'
import { type ColumnChoice, Filters, type Filter, isNarrowed, textIn, valuesIn } from './filters.tsx'
import type { Notices } from './notices.ts'
import { RangePicker, isSpanned } from './range-picker.tsx'
import type { PageRoute } from './route.ts'

export interface ListRead<Row, Extra> {
  /** Undefined if they could not be read. */
  readonly rows: readonly Row[] | undefined
  /** The cursor of the next page; null if this is the last one. */
  readonly next: string | null
  readonly extra: Extra
}

interface ListPageOptions<Row, Code extends string, Extra> {
  readonly path: string
  readonly title: string
  /** One sentence on what the page shows. */
  readonly lead: Child | ((extra: Extra) => Child)
  /** The least role. */
  readonly who: Role
  readonly allSources?: true
  readonly read: (c: ConsoleContext, query: URLSearchParams) => Promise<ListRead<Row, Extra>>
  readonly filters?: (c: ConsoleContext) => Promise<readonly Filter[]> | readonly Filter[]
  readonly unread: string
  /** Says what fills the list. */
  readonly empty: Child
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  /** Beside the heading: the primary action. */
  readonly Aside?: FC<{ rows: readonly Row[]; query: URLSearchParams }>
  /** Above what narrows it. */
  readonly First?: FC
  /** Above the list. */
  readonly Before?: FC<{ extra: Extra; query: URLSearchParams }>
  /** Below the list. */
  readonly After?: FC<{ query: URLSearchParams }>
  readonly notices?: Notices<Code>
  /** Whether it can be narrowed to a span of time. */
  readonly hasSpan?: true
}

export interface ListPage<Code extends string> {
  readonly path: string
  readonly route: PageRoute
  /** After a form comes a page that can be loaded again without doing it twice. */
  readonly leadTo: (c: ConsoleContext, code: Code, count?: number) => Response
}

export function listPage<Row, Code extends string = never, Extra = undefined>(
  options: ListPageOptions<Row, Code, Extra>,
): ListPage<Code> {
  const {
    path,
    title,
    lead,
    who,
    allSources,
    read,
    filters,
    Aside,
    First,
    Before,
    After,
    notices,
    hasSpan,
    columns,
    unread,
    ...shown
  } = options
  const get = async (c: ConsoleContext): Promise<Response> => {
    const query = new URL(c.req.url).searchParams
    const [narrowing, { rows, next, extra }] = await Promise.all([
      filters?.(c) ?? [],
      fromCursor(query, (at) => read(c, at)),
    ])
    const narrowed = isNarrowed(narrowing, query) || (hasSpan === true && isSpanned(query))
    return answerPage(
      c,
      { title, aside: Aside !== undefined && <Aside rows={rows ?? []} query={query} /> },
      <>
        <p class="lead">{typeof lead === 'function' ? lead(extra) : lead}</p>
        <NoticeLine notice={notices?.of(query)} />
        {First !== undefined && <First />}
        {narrowing.length > 0 && (
          <Filters action={path} filters={narrowing} query={query} columns={choiceOf(columns, query)} />
        )}
        {hasSpan === true && <RangePicker path={path} query={query} />}
        {Before !== undefined && <Before extra={extra} query={query} />}
        <List
          {...shown}
          isDense
          columns={columnsIn(columns, query)}
          rows={rows}
          unread={
            <>
              {unread} <a href={listAddress(path, query, { cursor: query.get('cursor') ?? '' })}>Try again</a>
            </>
          }
          empty={narrowed ? <NoneMatch path={path} /> : shown.empty}
          more={<Pages path={path} query={query} next={next} />}
        />
        {After !== undefined && <After query={query} />}
      </>,
    )
  }
  return {
    path,
    route: { path, who, ...(allSources === true ? { allSources } : {}), get },
    leadTo: (c, code, count) => c.redirect(`${path}?${notices?.query(code, count) ?? ''}`, 303),
  }
}

/** Reads a page. A cursor of a link that was cut begins the list anew. */
export const fromCursor = <Page,>(
  query: URLSearchParams,
  read: (query: URLSearchParams) => Promise<Page>,
): Promise<Page> =>
  read(query).catch((cause: unknown) => {
    if (!(cause instanceof CursorMalformed)) throw cause
    return read(new URLSearchParams([...query].filter(([name]) => name !== 'cursor')))
  })

/** The columns that the address chooses, and always the first, which leads to the row. */
export const columnsIn = <Row,>(
  columns: readonly Column<Row>[],
  query: URLSearchParams,
): readonly Column<Row>[] => {
  const chosen = query.getAll('column')
  return columns.filter(
    ({ label, isOptional }, i) =>
      i === 0 || (chosen.length === 0 ? isOptional !== true : chosen.includes(label)),
  )
}

/** Columns to choose from; none where no column is optional. */
export function choiceOf<Row>(columns: readonly Column<Row>[], query: URLSearchParams): ColumnChoice[] {
  const shown = columnsIn(columns, query)
  const all = columns.some(({ isOptional }) => isOptional === true) ? columns.slice(1) : []
  return all.map((column) => ({
    label: column.label,
    isShown: shown.includes(column),
    isUsual: column.isOptional !== true,
  }))
}

export const PAGE_SIZES = [25, 50, 100] as const
const PAGE_SIZE = 50

/** How many rows the address asks for. */
export const pageSize = (query: URLSearchParams): number =>
  PAGE_SIZES.find((size) => String(size) === query.get('rows')) ?? PAGE_SIZE

export const PageSizes: FC<{ path: string; query: URLSearchParams }> = ({ path, query }) => (
  <nav aria-label="Rows on a page" class="pages">
    <span>Rows</span>
    {PAGE_SIZES.map((size) => (
      <a
        href={listAddress(path, query, { rows: String(size) })}
        aria-current={size === pageSize(query) ? 'true' : undefined}
      >
        {size}
      </a>
    ))}
  </nav>
)

/** Which part of a long list this page is. */
export const Span: FC<{ rows: readonly { readonly atMs: number }[] }> = ({ rows }) => {
  const [newest, oldest] = [rows[0], rows.at(-1)]
  if (newest === undefined || oldest === undefined) return null
  return (
    <span>
      {rows.length === 1 ? '1 row' : `${rows.length} rows`}, from <Clock at={newest.atMs} /> back to{' '}
      <Clock at={oldest.atMs} />
    </span>
  )
}

export const NoneMatch: FC<{ path: string }> = ({ path }) => (
  <>
    None match. <a href={path}>Clear all filters</a>
  </>
)

/** Of the cursors in an address, which may have 16 KB. Those of viewers are long: they are sealed. */
const NEWER_MAX_CHARACTERS = 8_000

/** The last of some cursors, as many as fit. */
const fitting = (cursors: readonly string[]): string => {
  const text = cursors.join()
  const excess = text.length - NEWER_MAX_CHARACTERS
  return excess <= 0 ? text : text.slice(text.indexOf(',', excess - 1) + 1)
}

/**
 * The pages beside this one. Cursors go forward alone, so the address has those of the pages before, the last one last: what came
 * since then is on the first page.
 */
export const Pages: FC<{ path: string; query: URLSearchParams; next: string | null }> = ({
  path,
  query,
  next,
}) => {
  const cursor = textIn(query, 'cursor')
  if (cursor === undefined && next === null) return null
  const before = valuesIn(query, 'newer')
  const newer = { cursor: before.at(-1) ?? '', newer: before.slice(0, -1).join() }
  const passed = fitting([...before, ...(cursor === undefined ? [] : [cursor])])
  return (
    <nav aria-label="Pages" class="pages">
      {before.length > 0 && <a href={listAddress(path, query)}>First page</a>}
      {cursor !== undefined && (
        <a href={listAddress(path, query, newer)} rel="prev">
          Newer
        </a>
      )}
      {next !== null && (
        <a href={listAddress(path, query, { cursor: next, newer: passed })} rel="next">
          Older
        </a>
      )}
    </nav>
  )
}
