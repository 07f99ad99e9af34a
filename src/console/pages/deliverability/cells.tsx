/** Cells of the tables of figures: a share, and a number of events that leads to them. */
import type { FC } from 'hono/jsx'
import type { CountName, Figures } from '../../../api/deliverability.ts'
import type { EventType } from '../../../event/mail-event.ts'
import { DAY_MS, dayOf } from '../../../platform/time.ts'
import { CAMPAIGN_MAX_CHARACTERS } from '../../../store/deliverability.ts'
import type { Deliverability } from '../../api/deliverability.ts'
import { type Actor, may } from '../../access/actor.ts'
import { listAddress } from '../address.ts'
import { percent } from '../charts/percent.ts'
import { Nothing } from '../components.tsx'

/** Filters of the list of events. */
export interface EventFilters {
  readonly source?: string
  readonly mailbox?: string
  readonly campaign?: string
  readonly bounce?: string
  readonly cause?: string
}

/** The counted events in the list of all, of one type or of any; undefined where they have no filter. */
export type LinkTo = (type?: EventType) => string | undefined

export const linkToNone: LinkTo = () => undefined

/** Links to the events that are counted in a period. */
export function linkTo(filters: EventFilters, { first_day, last_day }: Period, actor: Actor): LinkTo {
  // A mailbox provider is told by the address, which viewers do not see.
  if (filters.mailbox !== undefined && !may(actor, 'operator')) return linkToNone
  // A name of the full length may be cut, and events are found by the whole name.
  if ((filters.campaign?.length ?? 0) >= CAMPAIGN_MAX_CHARACTERS) return linkToNone
  const span = {
    from: `${first_day}T00:00:00Z`,
    to: `${dayOf(Date.parse(last_day) + DAY_MS)}T00:00:00Z`,
  }
  return (type) =>
    listAddress(
      '/activity',
      new URLSearchParams({
        show: 'accepted',
        ...filters,
        ...(type !== undefined && { types: type }),
        ...span,
      }),
    )
}

type Period = Deliverability['period']

interface CountProps {
  readonly row: Pick<Figures, 'counts'> & { readonly linkTo: LinkTo }
  readonly of: CountName
}

/** A number of events, which leads to them. */
export const Count: FC<CountProps> = ({ row: { counts, linkTo: to }, of }) => {
  const text = counts[of].toLocaleString('en')
  const href = counts[of] === 0 ? undefined : to(`email.${of}`)
  return href === undefined ? <>{text}</> : <a href={href}>{text}</a>
}

export const Share: FC<{ share: number | null | undefined }> = ({ share }) =>
  typeof share === 'number' ? <>{percent(share)}</> : <Nothing />
