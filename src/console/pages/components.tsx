/** Small components that all pages share. */
import type { Child, FC } from 'hono/jsx'
import { toInstant } from '../../platform/time.ts'
import { ago } from '../messages/time.ts'
import type { Notice } from './notices.ts'
import { type SectionId, titleOf } from './section-list.ts'
import { visible } from '../../platform/visible.ts'

export type Tone = 'good' | 'bad' | 'warn' | 'plain'

/** Text from outside: invisible characters are named, and its writing direction is isolated. */
export const Shown: FC<{ text: string | null | undefined; max?: number; code?: boolean }> = ({
  text,
  max,
  code,
}) => {
  if (text === null || text === undefined || text === '') return <Nothing />
  const inside = visible(text, max).map((stretch) =>
    'text' in stretch ? stretch.text : <span class="unseen">{stretch.unseen}</span>,
  )
  return code === true ? (
    <code>
      <bdi>{inside}</bdi>
    </code>
  ) : (
    <bdi>{inside}</bdi>
  )
}

/** As {@link Shown}, for text that a person wrote in several lines. */
export const ShownLines: FC<{ text: string; max: number }> = ({ text, max }) => (
  <>
    {text
      .slice(0, max)
      .split(/\r?\n/)
      .map((line, i) => (
        <>
          {i === 0 ? '' : <br />}
          {line === '' ? '' : <Shown text={line} max={max} />}
        </>
      ))}
  </>
)

/** A dash for a missing value. */
export const Nothing: FC = () => (
  <span class="soft">
    <span aria-hidden="true">–</span>
    <span class="visually-hidden">none</span>
  </span>
)

/** How long ago, with the time itself. */
export const When: FC<{ ms: number | undefined; nowMs: number }> = ({ ms, nowMs }) =>
  ms === undefined ? (
    <Nothing />
  ) : (
    <time datetime={toInstant(ms)}>
      {ago(ms, nowMs)} <span class="clock">{clockText(ms, nowMs)}</span>
    </time>
  )

/** The time of day in UTC, with its date when that is not today's. */
function clockText(ms: number, nowMs: number): string {
  const [date, time = ''] = toInstant(ms).split('T')
  const clock = time.slice(0, 8)
  return toInstant(nowMs).startsWith(`${date}T`) ? clock : `${date} ${clock}`
}

export const Badge: FC<{ tone: Tone; children?: Child }> = ({ tone, children }) => (
  <span class={`badge ${tone}`}>{children}</span>
)

/** Terms with their values. */
export const Facts: FC<{ rows: readonly (readonly [term: Child, value: Child])[] }> = ({ rows }) => (
  <dl class="facts">
    {rows.map(([term, value]) => (
      <>
        <dt>{term}</dt>
        <dd>{value}</dd>
      </>
    ))}
  </dl>
)

export interface Column<Row> {
  readonly label: string
  readonly cell: (row: Row) => Child
  /**
   * How the column takes its room: numbers line up at the right, names keep their words whole, long text may be broken
   * anywhere, and so may addresses, which get a larger share.
   */
  readonly kind: 'number' | 'name' | 'long' | 'address'
}

interface TableProps<Row> {
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
}

/**
 * A table that becomes a list of cards on a narrow screen. The roles are said once more, since some browsers forget them
 * when the display changes.
 */
export function Table<Row>({ caption, columns, rows }: TableProps<Row>) {
  return (
    <table role="table">
      <caption class="visually-hidden">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ label, kind }) => (
            <th role="columnheader" scope="col" class={kind}>
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr role="row">
            {columns.map(({ label, cell, kind }) => (
              <td role="cell" data-label={label} class={kind}>
                <div class="cell">{cell(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface ActionProps {
  readonly action: string
  readonly formToken: string
  readonly label: string
  /** Object of the button, for people who do not see the row. */
  readonly on?: string
  readonly fields?: Readonly<Record<string, string>>
  readonly quiet?: boolean
}

/** One button that does one thing. */
export const Action: FC<ActionProps> = ({ action, formToken, label, on, fields = {}, quiet }) => (
  <form method="post" action={action}>
    <input type="hidden" name="form_token" value={formToken} />
    {Object.entries(fields).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
    <button type="submit" class={quiet === true ? 'quiet' : undefined}>
      {label}
      {on === undefined ? '' : <span class="visually-hidden"> {on}</span>}
    </button>
  </form>
)

interface SectionProps {
  readonly id: SectionId
  /** One sentence on what the section shows. */
  readonly lead: string
  /** Notice of the last action, shown where the action was taken. */
  readonly notice: Notice | undefined
  readonly aside?: Child
  readonly children?: Child
}

/** One section of the first page. */
export const Section: FC<SectionProps> = ({ id, lead, notice, aside, children }) => (
  <section id={id} aria-labelledby={`${id}-title`} tabindex={-1}>
    <header class="section-head">
      <div>
        <h2 id={`${id}-title`}>{titleOf(id)}</h2>
        <p class="lead">{lead}</p>
      </div>
      {aside === undefined ? '' : <div class="aside">{aside}</div>}
    </header>
    {notice?.part === id ? (
      <p class={`notice ${notice.tone}`} role={notice.tone === 'bad' ? 'alert' : 'status'}>
        {notice.text}
      </p>
    ) : (
      ''
    )}
    {children}
  </section>
)

/** Shown in place of an empty list. */
export const Empty: FC<{ children?: Child }> = ({ children }) => <p class="empty">{children}</p>
