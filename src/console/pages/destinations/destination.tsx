/** One destination: how delivery stands and what to do about it, its attempts, its settings and its secrets. */
import type { FC } from 'hono/jsx'
import type { Attempt, Delivery, Undelivered, WaitingDelivery } from '../../../api/destinations.ts'
import type { Listed } from '../../../destinations/api.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { may } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { deliveryStatus, shownDeliveries } from '../../destinations.ts'
import { deliveryWords } from '../../messages/destinations.ts'
import { answerPage } from '../answer.tsx'
import { Action, Badge } from '../components.tsx'
import { Secrets } from '../secret-tables.tsx'
import { Attempts } from './attempts.tsx'
import { DeadLetters } from './dead-letters.tsx'
import { DeliveryFacts, SettingFacts } from './facts.tsx'
import { withDestination } from './found.ts'
import { destinationNotice } from './notices.ts'
import { Part, type PartView } from './part.tsx'
import { destinationPath } from './path.ts'
import { Waiting } from './waiting.tsx'

/** Rows that each list shows; the API has the rest. */
const ROWS = 50

export const showDestination = withDestination(async (c, destination) => {
  const { actor, nowMs } = c.get('context')
  const view: PartView = {
    path: destinationPath(destination.name),
    formToken: await c.get('isolate').sessions.formToken(c.get('session')),
    mayAct: may(actor, 'operator'),
    nowMs,
  }
  const loaded = await load(c, destination.name)
  const notice = destinationNotice(new URL(c.req.url).searchParams)
  return answerPage(
    c,
    {
      title: `${destination.name} · Postern`,
      corner: <a href={view.path}>Refresh</a>,
      parts: PARTS,
    },
    <DestinationPage destination={destination} loaded={loaded} notice={notice} view={view} />,
  )
})

const PARTS = [
  { id: 'waiting', title: 'Waiting' },
  { id: 'dead-letters', title: 'Dead letters' },
  { id: 'attempts', title: 'Attempts' },
  { id: 'settings', title: 'Settings' },
  { id: 'secrets', title: 'Secrets' },
]

/** Undefined or null where it could not be read. */
interface Loaded {
  readonly delivery: Delivery | null
  readonly attempts: Listed<Attempt> | undefined
  readonly waiting: Listed<WaitingDelivery> | undefined
  readonly deadLetters: Listed<Undelivered> | undefined
}

async function load(c: ConsoleContext, name: string): Promise<Loaded> {
  const context = c.get('context')
  const first = { limit: ROWS }
  const read = async <T,>(list: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await list()
    } catch (cause) {
      context.missing('destination', cause)
      return undefined
    }
  }
  const deliveries = shownDeliveries(context, name)
  const [delivery, attempts, waiting, deadLetters] = await Promise.all([
    deliveryStatus(context, name),
    read(() => deliveries.attempts(first)),
    read(() => deliveries.waiting(first)),
    read(() => deliveries.deadLetters(first)),
  ])
  return { delivery, attempts, waiting, deadLetters }
}

interface DestinationProps {
  readonly destination: DestinationView
  readonly loaded: Loaded
  readonly notice: ReturnType<typeof destinationNotice>
  readonly view: PartView
}

const DestinationPage: FC<DestinationProps> = ({ destination, loaded, notice, view }) => {
  const { delivery, attempts, waiting, deadLetters } = loaded
  return (
    <>
      <p>
        <a href="/#destinations">Back to the console</a>
      </p>
      <h1>{destination.name}</h1>
      {notice === undefined ? (
        ''
      ) : (
        <p class={`notice ${notice.tone}`} role={notice.tone === 'bad' ? 'alert' : 'status'}>
          {notice.text}
        </p>
      )}
      <State delivery={delivery} />
      {view.mayAct ? <Buttons destination={destination} delivery={delivery} view={view} /> : ''}
      {delivery === null ? '' : <DeliveryFacts delivery={delivery} view={view} />}
      <Waiting waiting={waiting?.entries} more={hasMore(waiting)} view={view} />
      <DeadLetters deadLetters={deadLetters?.entries} more={hasMore(deadLetters)} view={view} />
      <Attempts attempts={attempts?.entries.slice(0, ROWS)} view={view} />
      <Part id="settings" title="Settings">
        <SettingFacts destination={destination} nowMs={view.nowMs} />
      </Part>
      <section id="secrets" tabindex={-1}>
        <Secrets
          noun="destination"
          path={view.path}
          rotations={destination.rotations}
          secrets={destination.secrets}
          publicKeys={destination.publicKeys ?? {}}
          mayChange={view.mayAct}
          nowMs={view.nowMs}
        />
      </section>
    </>
  )
}

const hasMore = (list: Listed<unknown> | undefined): boolean => (list?.next ?? null) !== null

const State: FC<{ delivery: Delivery | null }> = ({ delivery }) => {
  const { tone, state, reason, remedy } = deliveryWords(delivery)
  return (
    <p class="lead">
      <Badge tone={tone}>{state}</Badge> {reason ?? ''} {remedy ?? ''}
    </p>
  )
}

/** Resume also closes an open circuit, and ends that it is disabled. */
const Buttons: FC<{ destination: DestinationView; delivery: Delivery | null; view: PartView }> = ({
  destination,
  delivery,
  view: { path, formToken },
}) => {
  const isPaused = destination.config.paused
  const isStopped = isPaused || (delivery !== null && delivery.state !== 'active')
  return (
    <div class="buttons after">
      <Action action={`${path}/test`} formToken={formToken} label="Send a test event" />
      {isStopped ? <Action action={`${path}/resume`} formToken={formToken} label="Resume" quiet /> : ''}
      {isPaused ? '' : <Action action={`${path}/pause`} formToken={formToken} label="Pause" quiet />}
      <a class="button" href={`${path}/replay`}>
        Replay events
      </a>
    </div>
  )
}
