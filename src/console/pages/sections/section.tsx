/** A section of the first page: who sees it, its list, and notices of the last action on it. */
import type { Child, FC } from 'hono/jsx'
import type { Actor } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { type Column, List, NoticeLine, Part } from '../components.tsx'
import type { Dashboard, Head } from '../load-dashboard.ts'
import type { Notice, Notices } from '../notices.ts'

interface SectionOptions<Row, Code extends string> {
  readonly id: string
  readonly title: string
  /** One sentence on what the section shows. */
  readonly lead: string | ((dashboard: Dashboard) => string)
  /** Absent if everybody sees it. Its list is read for nobody else. */
  readonly isShownTo?: (actor: Actor) => boolean
  /** Undefined if it could not be read. */
  readonly list: (dashboard: Dashboard) => Head<Row> | undefined
  readonly unread: string
  readonly empty: Child
  /** Says where the rows are that the section does not show. */
  readonly more?: (list: Head<Row>) => Child
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly Aside?: FC<{ list: Head<Row> | undefined }>
  readonly notices?: Notices<Code>
}

export interface Section<Code extends string> {
  readonly id: string
  readonly title: string
  readonly isShownTo: (actor: Actor) => boolean
  readonly noticeOf: (query: URLSearchParams) => Notice | undefined
  /** After a form comes a page that can be loaded again without doing it twice. */
  readonly leadTo: (c: ConsoleContext, code: Code, count?: number) => Response
  readonly View: FC<{ dashboard: Dashboard; notice: Notice | undefined }>
}

export function section<Row, Code extends string = never>(options: SectionOptions<Row, Code>): Section<Code> {
  const { id, title, lead, isShownTo = () => true, more, Aside, notices, ...shown } = options
  return {
    id,
    title,
    isShownTo,
    noticeOf: (query) => notices?.of(query),
    leadTo: (c, code, count) => c.redirect(`/?${notices?.query(code, count) ?? ''}#${id}`, 303),
    View({ dashboard, notice }) {
      const list = shown.list(dashboard)
      return (
        <Part
          id={id}
          title={title}
          lead={typeof lead === 'string' ? lead : lead(dashboard)}
          aside={Aside !== undefined && <Aside list={list} />}
        >
          <NoticeLine notice={notice} />
          <List {...shown} rows={list?.rows} more={list?.hasMore === true ? more?.(list) : undefined} />
        </Part>
      )
    },
  }
}

/** In the API are all rows of a list. */
export const moreInApi = (path: string) => () => (
  <>
    There are more in <code>GET {path}</code>.
  </>
)

/** As {@link moreInApi}, for a list whose length is known. */
export const othersInApi =
  (path: string) =>
  ({ rows, total = rows.length }: Head<unknown>) => (
    <>
      {total - rows.length} more are in <code>GET {path}</code>.
    </>
  )
