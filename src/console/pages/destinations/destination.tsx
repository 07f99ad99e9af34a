/** One destination: how delivery stands and what to do about it, and its attempts. Its other tabs: settings, secrets. */
import type { FC } from 'hono/jsx'
import { type Attempt, type Delivery, OUTCOMES } from '../../../api/destinations.ts'
import { isType } from '../../../api/events.ts'
import { EVENT_TYPES } from '../../../event/mail-event.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { testDestination } from '../../destination-actions.ts'
import { deliveryStatus, shownDeliveries } from '../../destinations.ts'
import { deliveryWords } from '../../messages/destinations.ts'
import { eventWord } from '../../messages/events.ts'
import { answered } from '../../request-context.ts'
import { Action, Badge, For, List, Part } from '../components.tsx'
import { Filters, type Filter, isNarrowed, textIn } from '../filters.tsx'
import { Form, SelectField, field } from '../form.tsx'
import { Pages } from '../list-page.tsx'
import { optionsOf } from '../options.ts'
import { Secrets } from '../secrets/tables.tsx'
import { DeliveryFacts, SettingFacts } from './facts.tsx'
import { attemptColumns } from './lists.tsx'
import { DESTINATIONS } from './resource.ts'
import { answerDestination } from './tabs.ts'

const ROWS = 50

const FILTERS: readonly Filter[] = [
  { name: 'outcome', label: 'Outcome', options: optionsOf(OUTCOMES) },
  { name: 'event_id', label: 'Event or delivery', placeholder: 'its id' },
]

export const showDestination = DESTINATIONS.with(async (c, destination) => {
  const context = c.get('context')
  const { name } = destination
  const path = DESTINATIONS.pathOf(name)
  const query = new URL(c.req.url).searchParams
  const outcome = OUTCOMES.find((one) => one === query.get('outcome'))
  const cursor = /^[0-9]{1,15}$/.exec(query.get('cursor') ?? '')?.[0]
  const event_id = textIn(query, 'event_id')
  const [delivery, attempts] = await Promise.all([
    deliveryStatus(context, name),
    answered(context, 'destination', () =>
      shownDeliveries(context, name).attempts({ limit: ROWS, cursor, event_id, outcome }),
    ),
  ])
  const { tone, state, reason, remedy } = deliveryWords(delivery)
  return answerDestination(
    c,
    name,
    '',
    <>
      <For role="operator">
        <Undo notice={query.get('notice')} path={path} />
      </For>
      <p class="lead">
        <Badge tone={tone}>{state}</Badge> {reason} {remedy}
      </p>
      <For role="operator">
        <Buttons destination={destination} delivery={delivery} path={path} />
      </For>
      {delivery !== null && <DeliveryFacts delivery={delivery} path={path} />}
      <Part
        id="attempts"
        title="Attempts"
        lead="Requests to the endpoint of the last seven days, newest first."
      >
        <Filters action={path} filters={FILTERS} query={query} />
        <List<Attempt>
          caption="Attempts"
          columns={attemptColumns(path)}
          rows={attempts?.entries}
          unread="What delivers to it did not answer."
          empty={
            isNarrowed(FILTERS, query) ? (
              <>
                None match. <a href={path}>Clear all filters</a>
              </>
            ) : (
              'No attempt yet. The first one shows up here.'
            )
          }
          more={<Pages path={path} query={query} next={attempts?.next ?? null} />}
        />
      </Part>
    </>,
    { aside: <a href={path}>Refresh</a> },
  )
})

/** Takes back the last action, for the two that one can take back. */
const Undo: FC<{ notice: string | null; path: string }> = ({ notice, path }) => {
  if (notice !== 'paused' && notice !== 'resumed') return null
  return (
    <div class="after">
      <Action action={`${path}/${notice === 'paused' ? 'resume' : 'pause'}`} label="Undo" quiet />
    </div>
  )
}

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
      {isStopped && <Action action={`${path}/resume`} label="Resume" />}
      <a class="button" href={`${path}/test`}>
        Send a test event
      </a>
      <a class="button" href={`${path}/replay`}>
        Replay events
      </a>
      {!isPaused && <Action action={`${path}/pause`} label="Pause" quiet />}
    </div>
  )
}

export const showTest = DESTINATIONS.with((c, { name, config }) => {
  const path = DESTINATIONS.pathOf(name)
  const wanted = config.filter?.types ?? EVENT_TYPES
  return answerDestination(
    c,
    name,
    'Test',
    <>
      <p class="lead">
        Sends a signed example event now, and shows what the endpoint answered. It is not tried again.
      </p>
      <Form action={`${path}/test`} label="Send a test event" back={path}>
        <SelectField
          name="type"
          label="Type"
          required
          hint="Types that the filter leaves out are marked. A test is sent all the same."
          options={optionsOf(
            EVENT_TYPES,
            (type) => `${eventWord(type)}${wanted.includes(type) ? '' : ' (left out)'}`,
          )}
          value={wanted[0] ?? 'email.delivered'}
        />
      </Form>
    </>,
  )
})

/** Leads to the attempt, which has the answer. */
export const test = DESTINATIONS.with(async (c, { name }) => {
  const type = field(c, 'type')
  const { attempt } = await testDestination(c.get('context'), name, isType(type) ? type : null)
  const notice = attempt.outcome === 'delivered' ? 'tested' : 'test_failed'
  const query = new URLSearchParams({ notice, event_id: attempt.id })
  return c.redirect(`${DESTINATIONS.pathOf(name)}?${query.toString()}`, 303)
})

export const showSettings = DESTINATIONS.with((c, destination) => {
  const path = DESTINATIONS.pathOf(destination.name)
  return answerDestination(
    c,
    destination.name,
    'Settings',
    <>
      <For role="operator">
        <div class="buttons">
          <a class="button" href={`${path}/settings/edit`}>
            Change
          </a>
          <a class="button" href={`${path}/settings/remove`}>
            Remove
          </a>
        </div>
      </For>
      <SettingFacts destination={destination} />
    </>,
  )
})

export const showSecrets = DESTINATIONS.with((c, { name, rotations, secrets, publicKeys }) =>
  answerDestination(
    c,
    name,
    'Secrets',
    <Secrets
      noun="destination"
      path={DESTINATIONS.pathOf(name)}
      rotations={rotations}
      secrets={secrets}
      publicKeys={publicKeys ?? {}}
    />,
  ),
)
