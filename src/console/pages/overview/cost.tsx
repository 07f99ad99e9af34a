/** Cost of a month at Cloudflare: of the events that come now, or of a number that somebody asks for. */
import type { FC } from 'hono/jsx'
import { DAYS_A_MONTH, costWords } from '../../messages/cost.ts'

interface CostProps {
  /** As it was typed; empty if nobody asked. */
  readonly asked: string
  readonly eventsADay: number
  readonly eventsEver: number
  readonly destinations: number
}

export const Cost: FC<CostProps> = ({ asked, eventsADay, eventsEver, destinations }) => {
  const digits = asked.replaceAll(/[ ,._']/g, '')
  const isAsked = /^[0-9]{1,12}$/.test(digits)
  const events = isAsked ? Number(digits) : eventsADay * DAYS_A_MONTH
  return (
    <>
      <p>
        {!isAsked &&
          (eventsADay < eventsEver
            ? 'At the rate of the last days, '
            : `If each day has the ${eventsEver.toLocaleString('en')} events that came so far, `)}
        {costWords(events, destinations)} It costs less if more events come in a delivery, and go out in a
        batch.
      </p>
      <form method="get" action="/#cost" class="filters">
        <div>
          <label for="volume">Events a month</label>
          <input
            id="volume"
            name="events"
            value={isAsked ? asked : ''}
            inputmode="numeric"
            placeholder="10,000,000"
            autocomplete="off"
          />
        </div>
        <button type="submit" class="quiet">
          What would they cost?
        </button>
      </form>
    </>
  )
}
