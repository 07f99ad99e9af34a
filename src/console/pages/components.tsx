/** Small components that all pages share. */
import type { Child, FC } from 'hono/jsx'
import { INSTANTS, toInstant } from '../../platform/time.ts'
import { visible } from '../../platform/visible.ts'
import type { Role } from '../../registry/operators/operator.ts'
import { may } from '../access/actor.ts'
import { ago, wallClock } from '../messages/time.ts'
import type { Tone } from '../messages/tone.ts'
import type { Notice } from './notices.ts'
import { useMay, useView } from './view.ts'

/** Text from outside: invisible characters are named, and its writing direction is isolated. */
export const Shown: FC<{ text: string | null | undefined; max?: number; code?: boolean }> = ({
  text,
  max,
  code,
}) => {
  if (text === null || text === undefined || text === '') return <Nothing />
  const inside = <bdi>{shownText(visible(text, max))}</bdi>
  return code === true ? <code>{inside}</code> : inside
}

/** Stretches of text, with the names of what cannot be seen. */
const shownText = (stretches: ReturnType<typeof visible>): Child[] =>
  stretches.map((stretch) =>
    'text' in stretch ? stretch.text : <span class="unseen">{stretch.unseen}</span>,
  )

/** A sentence of ours, as {@link Shown}: each time that it names is on the clock of the reader. */
export const Said: FC<{ text: string; max?: number }> = ({ text, max }) => (
  <bdi>
    {shownText(visible(text, max)).flatMap((piece) =>
      typeof piece === 'string'
        ? piece.split(INSTANTS).map((one, i) => (i % 2 === 1 ? <Clock at={Date.parse(one)} /> : one))
        : piece,
    )}
  </bdi>
)

/** A second line of a cell, as {@link Shown}; nothing if there is none. */
export const Under: FC<{ text: string | null; max: number }> = ({ text, max }) =>
  text !== null && (
    <span class="under">
      <Shown text={text} max={max} />
    </span>
  )

/** As {@link Said}, for text of several lines. */
export const ShownLines: FC<{ text: string; max: number }> = ({ text, max }) => (
  <>
    {text
      .slice(0, max)
      .split(/\r?\n/)
      .map((line, i) => (
        <>
          {i === 0 ? '' : <br />}
          {line === '' ? '' : <Said text={line} max={max} />}
        </>
      ))}
  </>
)

/** A text of many lines. Line breaks and tabs stay; other invisible characters are named. */
export const TextBlock: FC<{ text: string; label: string; copy?: string }> = ({ text, label, copy }) => (
  <pre tabindex={0} role="region" aria-label={label} data-copy={copy}>
    {text
      .split(/(\r?\n|\t)/)
      .map((piece, i) => (i % 2 === 1 ? piece : shownText(visible(piece, piece.length))))}
  </pre>
)

/** A short text to be copied whole: a URL, a secret. */
export const Copied: FC<{ text: string; label: string }> = ({ text, label }) => (
  <code class="whole" data-copy={label}>
    {text}
  </code>
)

/** A dash for a missing value. */
export const Nothing: FC = () => (
  <span class="soft">
    <span aria-hidden="true">–</span>
    <span class="visually-hidden">none</span>
  </span>
)

/** How long ago, with the time itself: in milliseconds, or as RFC 3339 spells it. */
export const When: FC<{ at: number | string | null | undefined }> = ({ at }) => {
  const { nowMs } = useView()
  if (at === null || at === undefined) return <Nothing />
  const ms = typeof at === 'string' ? Date.parse(at) : at
  return (
    <Clock at={ms}>
      <span class="ago">{ago(ms, nowMs)}</span>{' '}
    </Clock>
  )
}

/** The time of day, with its date when that is not today's; alone for places where others stand beside it. */
export const Clock: FC<{ at: number; children?: Child }> = ({ at, children }) => {
  const { nowMs, preferences } = useView()
  const [day, clock] = wallClock(at, preferences.zone)
  const isToday = day === wallClock(nowMs, preferences.zone)[0]
  return (
    <time datetime={toInstant(at)} title={toInstant(at)} data-clock>
      {children}
      <span class="clock">{isToday ? clock : `${day} ${clock}`}</span>
    </time>
  )
}

export const Badge: FC<{ tone: Tone; children?: Child }> = ({ tone, children }) => (
  <span class={`badge ${tone}`}>{children}</span>
)

/** How a thing does, as a dot and a word: beside its name on its page, and in lists. */
export const State: FC<{ tone: Tone; children?: Child }> = ({ tone, children }) => (
  <span class={`badge state ${tone}`}>{children}</span>
)

export type Fact = readonly [term: Child, value: Child]

/** Terms with their values. A row that is false is left out. */
export const Facts: FC<{ rows: readonly (Fact | false)[] }> = ({ rows }) =>
  rows.length > 0 && (
    <dl class="facts">
      {rows.map(
        (row) =>
          row !== false && (
            <>
              <dt>{row[0]}</dt>
              <dd>{row[1]}</dd>
            </>
          ),
      )}
    </dl>
  )

export interface Column<Row> {
  readonly label: string
  readonly cell: (row: Row) => Child
  /** A second line of the cell. */
  readonly under?: (row: Row) => Child
  /**
   * How the column takes its room: numbers line up at the right, names keep their words whole, long text may be broken
   * anywhere, and so may addresses, which get a larger share. `name` if it is absent.
   */
  readonly kind?: 'number' | 'name' | 'long' | 'address'
  /** The least role that sees the column: that of its actions. */
  readonly role?: Role
  /** Whether it is shown only if the address chooses it. */
  readonly isOptional?: true
}

interface TableProps<Row> {
  readonly caption: string
  /** Whether each row is one line that is cut where it is too long, as in lists whose rows lead to a page. */
  readonly isDense?: true
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
}

/**
 * A table that becomes a list of cards on a narrow screen. The roles are said once more, since some browsers forget them
 * when the display changes.
 */
export function Table<Row>({ caption, columns, rows, isDense }: TableProps<Row>) {
  const shown = useColumns(columns)
  return (
    <div class={isDense === true ? 'scroll rows' : 'scroll'} role="group" aria-label={caption} tabindex={0}>
      <table role="table">
        <caption class="visually-hidden">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {shown.map(({ label, kind = 'name' }) => (
              <th role="columnheader" scope="col" class={kind}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <Row columns={columns} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function Row<T>({ columns, row }: { columns: readonly Column<T>[]; row: T }) {
  return (
    <tr role="row">
      {useColumns(columns).map(({ label, cell, under, kind = 'name' }) => {
        const second = under?.(row) ?? false
        return (
          <td role="cell" data-label={label} class={kind}>
            <div class="cell">
              {cell(row)}
              {second !== false && <span class="under">{second}</span>}
            </div>
          </td>
        )
      })}
    </tr>
  )
}

/** The columns that the person who looks may see. */
function useColumns<T>(columns: readonly Column<T>[]): readonly Column<T>[] {
  const { actor } = useView()
  return columns.filter(({ role }) => role === undefined || may(actor, role))
}

interface ListProps<Row> extends Omit<TableProps<Row>, 'rows'> {
  /** Undefined if they could not be read. */
  readonly rows: readonly Row[] | undefined
  /** Shown in place of rows that could not be read. */
  readonly unread?: Child
  /** Shown in place of no rows. */
  readonly empty: Child
  /** Says below the table where more are; undefined if these are all. */
  readonly more?: Child
}

/** A table of rows, or why there is none. */
export function List<Row>({ rows, unread, empty, more, ...table }: ListProps<Row>) {
  if (rows === undefined) return <Empty>{unread}</Empty>
  if (rows.length === 0) return <Empty>{empty}</Empty>
  return (
    <>
      <Table {...table} rows={rows} />
      {more !== undefined && more !== null && <div class="more">{more}</div>}
    </>
  )
}

/** Shown in place of an empty list. */
export const Empty: FC<{ children?: Child }> = ({ children }) => <p class="empty">{children}</p>

interface ActionProps {
  readonly action: string
  readonly label: string
  /** Object of the button, for people who do not see the row. */
  readonly on?: string
  readonly fields?: Readonly<Record<string, string>>
  readonly quiet?: boolean
}

/** One button that does one thing. */
export const Action: FC<ActionProps> = ({ action, label, on, fields, quiet }) => (
  <form method="post" action={action}>
    <Hidden fields={{ form_token: useView().formToken, ...fields }} />
    <button type="submit" class={quiet === true ? 'quiet' : undefined}>
      {label}
      {on !== undefined && <span class="visually-hidden"> {on}</span>}
    </button>
  </form>
)

/** Fields that a form returns as they are. */
export const Hidden: FC<{ fields: Readonly<Record<string, string>> }> = ({ fields }) => (
  <>
    {Object.entries(fields).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
  </>
)

/** Content for those who have a role. */
export const For: FC<{ role: Role; children?: Child }> = ({ role, children }) =>
  useMay(role) && <>{children}</>

/** Notice of the last action, and below it the form that takes it back. */
export const NoticeLine: FC<{ notice: Notice | undefined; children?: Child }> = ({ notice, children }) =>
  notice !== undefined && (
    <div class={`notice ${notice.tone}`} role={notice.tone === 'bad' ? 'alert' : 'status'}>
      {notice.text}
      {children}
    </div>
  )

interface PartProps {
  readonly id: string
  readonly title: string
  readonly lead?: Child
  readonly aside?: Child
  readonly children?: Child
}

/** One part of a page. */
export const Part: FC<PartProps> = ({ id, title, lead, aside, children }) => (
  <section id={id} aria-labelledby={`${id}-title`} tabindex={-1}>
    <header class="section-head">
      <div>
        <h2 id={`${id}-title`}>{title}</h2>
        {lead !== undefined && <p class="lead">{lead}</p>}
      </div>
      {aside !== undefined && aside !== false && <div class="aside">{aside}</div>}
    </header>
    {children}
  </section>
)

interface CardsProps {
  /** Whether the first is wide and the others stand in a column beside it. */
  readonly isSplit?: true
  readonly children?: Child
}

/** Parts of a page as surfaces side by side. */
export const Cards: FC<CardsProps> = ({ isSplit, children }) => (
  <div class={isSplit === true ? 'cards split' : 'cards'}>{children}</div>
)
