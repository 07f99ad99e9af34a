/** One destination: how delivery stands and what to do about it, its attempts, its settings and its secrets. */
import type { FC } from 'hono/jsx'
import type { Delivery } from '../../../api/destinations.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { deliveryStatus, shownDeliveries } from '../../destinations.ts'
import { deliveryWords } from '../../messages/destinations.ts'
import { answered } from '../../request-context.ts'
import { answerPage } from '../answer.tsx'
import { Action, Badge, For, NoticeLine, Part } from '../components.tsx'
import { Secrets } from '../secrets/tables.tsx'
import { DeliveryFacts, SettingFacts } from './facts.tsx'
import { Attempts, DeadLetters, Waiting } from './lists.tsx'
import { DESTINATIONS } from './resource.ts'

/** Rows that each list shows; the API has the rest. */
const ROWS = 50

export const showDestination = DESTINATIONS.with(async (c, destination) => {
  const context = c.get('context')
  const { name } = destination
  const path = DESTINATIONS.pathOf(name)
  const first = { limit: ROWS }
  const deliveries = shownDeliveries(context, name)
  const [delivery, attempts, waiting, deadLetters] = await Promise.all([
    deliveryStatus(context, name),
    answered(context, 'destination', () => deliveries.attempts(first)),
    answered(context, 'destination', () => deliveries.waiting(first)),
    answered(context, 'destination', () => deliveries.deadLetters(first)),
  ])
  const { tone, state, reason, remedy } = deliveryWords(delivery)
  return answerPage(
    c,
    {
      title: name,
      back: { href: '/destinations', text: 'Destinations' },
      aside: <a href={path}>Refresh</a>,
      parts: [
        { id: 'waiting', title: 'Waiting' },
        { id: 'dead-letters', title: 'Dead letters' },
        { id: 'attempts', title: 'Attempts' },
        { id: 'settings', title: 'Settings' },
        { id: 'secrets', title: 'Secrets' },
      ],
    },
    <>
      <NoticeLine notice={DESTINATIONS.noticeIn(c)} />
      <p class="lead">
        <Badge tone={tone}>{state}</Badge> {reason} {remedy}
      </p>
      <For role="operator">
        <Buttons destination={destination} delivery={delivery} path={path} />
      </For>
      {delivery !== null && <DeliveryFacts delivery={delivery} path={path} />}
      <Waiting list={waiting} path={path} />
      <DeadLetters list={deadLetters} path={path} />
      <Attempts list={attempts && { entries: attempts.entries.slice(0, ROWS), next: null }} />
      <Part id="settings" title="Settings">
        <SettingFacts destination={destination} />
      </Part>
      <section id="secrets" tabindex={-1}>
        <Secrets
          noun="destination"
          path={path}
          rotations={destination.rotations}
          secrets={destination.secrets}
          publicKeys={destination.publicKeys ?? {}}
        />
      </section>
    </>,
  )
})

interface ButtonsProps {
  readonly destination: DestinationView
  readonly delivery: Delivery | null
  readonly path: string
}

/** Resume also closes an open circuit, and ends that it is disabled. */
const Buttons: FC<ButtonsProps> = ({ destination, delivery, path }) => {
  const isPaused = destination.config.paused
  const isStopped = isPaused || (delivery !== null && delivery.state !== 'active')
  return (
    <div class="buttons after">
      <Action action={`${path}/test`} label="Send a test event" />
      {isStopped && <Action action={`${path}/resume`} label="Resume" quiet />}
      {!isPaused && <Action action={`${path}/pause`} label="Pause" quiet />}
      <a class="button" href={`${path}/replay`}>
        Replay events
      </a>
    </div>
  )
}
