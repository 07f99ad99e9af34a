/** The rows of Activity: one form for all that came, whatever became of it. */
import type { Child } from 'hono/jsx'
import type { StoredEvent } from '../../../store/stored-event.ts'
import type { Tone } from '../../messages/tone.ts'
import { visibleText } from '../../../platform/visible.ts'
import { Badge, type Column, Nothing, Shown, Under, When } from '../components.tsx'
import { deliveryPath, messagePath } from '../delivery/paths.ts'

export interface ActivityRow {
  /** By which its page is found. */
  readonly id: string
  readonly atMs: number
  readonly tone: Tone
  /** The badge: what became of it. */
  readonly word: string
  /** The recipient, the network of the client, or the destination that gave it up. */
  readonly who: string | null
  readonly source: string | null
  readonly detail: string | null
  /** Behind the detail. */
  readonly more?: string | null
  /** Of what was accepted. */
  readonly event?: StoredEvent
}

export const ROW_COLUMNS: readonly Column<ActivityRow>[] = [
  {
    label: 'Time',
    cell: ({ id, atMs, word, who, source }) => (
      <a class="row-link" href={deliveryPath(id)} data-open="panel">
        <span class="visually-hidden">
          {word}, {visibleText(who ?? source ?? 'unknown', 120)},{' '}
        </span>
        <When at={atMs} />
      </a>
    ),
  },
  { label: 'What', cell: ({ word, tone }) => <Badge tone={tone}>{word}</Badge> },
  { label: 'Who', kind: 'address', cell: ({ who }) => <Shown text={who} max={120} /> },
  { label: 'Source', cell: ({ source }) => <Shown text={source} max={80} /> },
  {
    label: 'Detail',
    kind: 'long',
    cell: ({ detail, more }) => (
      <>
        {detail === null ? (more ?? null) === null && <Nothing /> : <Shown text={detail} max={160} />}
        <Under text={more ?? null} max={160} />
      </>
    ),
  },
]

const chosen = (label: string, of: (event: StoredEvent) => Child): Column<ActivityRow> => ({
  label,
  kind: 'long',
  isOptional: true,
  cell: ({ event }) => (event === undefined ? <Nothing /> : of(event)),
})

/** With those that one may choose. */
export const ALL_COLUMNS: readonly Column<ActivityRow>[] = [
  ...ROW_COLUMNS,
  chosen('Message', ({ source, message_id: id }) =>
    id === null ? (
      <Nothing />
    ) : (
      <a href={messagePath(source, id)} title={visibleText(id, 200)}>
        <Shown text={id} max={80} code />
      </a>
    ),
  ),
  ...(
    [
      ['Campaign', ({ campaign_id }) => campaign_id],
      ['Status', ({ smtp_code, enhanced_code }) => [smtp_code, enhanced_code].filter(Boolean).join(' ')],
      ['Tags', ({ tags }) => tags.join(', ')],
      ['The ESP calls it', ({ native_type }) => native_type],
    ] satisfies [string, (event: StoredEvent) => string | null][]
  ).map(([label, textOf]) => chosen(label, (event) => <Shown text={textOf(event)} max={160} />)),
]
