/** News that matter: bounces, complaints, unsubscribes and refusals, newest first. */
import type { FC } from 'hono/jsx'
import type { EventType } from '../../../event/mail-event.ts'
import type { RefusalRecord } from '../../../refusals/refusal.ts'
import type { StoredEvent } from '../../../store/stored-event.ts'
import { eventDetail, eventTimeMs, eventTone, eventWord } from '../../messages/events.ts'
import { remedyOf } from '../../messages/refusal-remedies.ts'
import type { Tone } from '../../messages/tone.ts'
import { ACTIVITY, segment } from '../activity/kind.ts'
import { deliveryPath } from '../delivery/paths.ts'
import { Badge, Clock, type Column, List, Part, Shown } from '../components.tsx'

export const NEWS_TYPES: readonly EventType[] = ['email.bounced', 'email.spam_reported', 'email.unsubscribed']

export const NEWS_SHOWN = 10

interface News {
  readonly atMs: number
  readonly tone: Tone
  readonly word: string
  readonly who: string | null
  readonly source: string | null
  readonly detail: string | null
  readonly href: string
}

const eventNews = (event: StoredEvent): News => ({
  atMs: eventTimeMs(event),
  tone: eventTone(event.type),
  word: eventWord(event.type),
  who: event.recipient,
  source: event.source,
  detail: eventDetail(event),
  href: deliveryPath(event.id),
})

/** Refusals of a network for one cause are one row. */
function refusalNews(refusals: readonly RefusalRecord[]): News[] {
  const alike = Map.groupBy(refusals, ({ network, source, code }) => JSON.stringify([network, source, code]))
  return [...alike.values()].flatMap(([newest, ...others]) => {
    if (newest === undefined) return []
    const { atMs, network, source, code, requestId } = newest
    const narrowed = new URLSearchParams({
      code,
      ...(source !== null && { source }),
      ...(network !== null && { network }),
    }).toString()
    return {
      atMs,
      tone: 'plain',
      word: others.length === 0 ? 'refused' : `refused ×${others.length + 1}`,
      who: network,
      source,
      detail: remedyOf(code).title,
      href: others.length === 0 ? deliveryPath(requestId) : `${segment('refused')}&${narrowed}`,
    }
  })
}

const COLUMNS: readonly Column<News>[] = [
  {
    label: 'Time',
    cell: ({ atMs, href }) => (
      <a class="row-link" href={href} data-open={href.startsWith('/d/') ? 'panel' : undefined}>
        <Clock at={atMs} />
      </a>
    ),
  },
  { label: 'What', cell: ({ tone, word }) => <Badge tone={tone}>{word}</Badge> },
  { label: 'Who', kind: 'address', cell: ({ who }) => <Shown text={who} max={120} /> },
  { label: 'Source', cell: ({ source }) => <Shown text={source} max={80} /> },
  { label: 'Detail', kind: 'long', cell: ({ detail }) => <Shown text={detail} max={160} /> },
]

interface NewsProps {
  /** Undefined where they could not be read. */
  readonly events: readonly StoredEvent[] | undefined
  readonly refusals: readonly RefusalRecord[] | undefined
}

export const WorthALook: FC<NewsProps> = ({ events, refusals }) => {
  const known = events ?? refusals
  const rows = [...(events ?? []).map(eventNews), ...refusalNews(refusals ?? [])]
  return (
    <Part id="news" title="Worth a look" aside={<a href={ACTIVITY}>All activity</a>}>
      <List
        caption="Bounces, complaints, unsubscribes and refusals"
        isDense
        columns={COLUMNS}
        rows={known && rows.toSorted((a, b) => b.atMs - a.atMs).slice(0, NEWS_SHOWN)}
        unread="The store did not answer."
        empty="No bounce, complaint, unsubscribe or refusal yet."
        more={
          known !== undefined && (events === undefined || refusals === undefined)
            ? `${events === undefined ? 'The store' : 'The refusal log'} did not answer.`
            : undefined
        }
      />
    </Part>
  )
}
