/** The frame of the two pages of a destination: its name, how it does, and its tabs. */
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import type { ConsoleContext } from '../../context.ts'
import { deliveryStatus } from '../../destinations.ts'
import { deliveryWords } from '../../messages/destinations.ts'
import { Shown, State, When } from '../components.tsx'
import type { FrameProps } from '../layout.tsx'
import { tabbed } from '../tabbed.tsx'
import { dayOf } from './facts.tsx'
import { DESTINATIONS } from './resource.ts'

const answerTab = tabbed({
  of: DESTINATIONS,
  noun: 'Destination',
  tabs: [
    { path: '', text: 'Overview' },
    { path: '/settings', text: 'Settings' },
  ],
})

export const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url)

/** @param read how delivery stands, if that was read already */
export async function answerDestination(
  c: ConsoleContext,
  { name, config }: DestinationView,
  tab: '' | 'Settings',
  content: Child,
  {
    frame,
    status,
    read,
  }: {
    readonly frame?: Partial<FrameProps>
    readonly status?: ContentfulStatusCode | undefined
    readonly read?: Awaited<ReturnType<typeof deliveryStatus>>
  } = {},
): Promise<Response> {
  const delivery = read === undefined ? await deliveryStatus(c.get('context'), name) : read
  const { tone, state } = deliveryWords(delivery)
  const lastSuccess = delivery?.last_success_at ?? null
  const day = dayOf(delivery?.hours ?? [])
  const beside = (
    <>
      <State tone={tone}>{state}</State>
      <span class="soft">
        <Shown text={hostOf(config.url)} max={80} />
        {config.form === 'original' && ' · the ESP’s own requests'}
        {config.batch !== undefined && ` · batches of ${config.batch.max_events.toLocaleString('en')}`}
        {day !== undefined && ` · ${day.join(' ')} in 24 h`}
        {delivery?.hours.some(({ failed }) => failed > 0) === true && (
          <>
            {' '}
            · <a href={`${DESTINATIONS.pathOf(name)}?outcome=failed#answers`}>what failed last</a>
          </>
        )}
        {lastSuccess !== null && (
          <>
            {' '}
            · last success <When at={lastSuccess} />
          </>
        )}
      </span>
    </>
  )
  return answerTab(c, name, tab, content, { beside, ...frame }, status)
}
