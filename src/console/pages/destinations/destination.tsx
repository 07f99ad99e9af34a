/** One destination: how delivery stands and what to do about it, above its attempts. Its other tabs: settings, secrets; and a test. */
import type { FC } from 'hono/jsx'
import type { Delivery } from '../../../api/destinations.ts'
import { isType } from '../../../api/events.ts'
import { EVENT_TYPES } from '../../../event/mail-event.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { testDestination } from '../../destination-actions.ts'
import { deliveryStatus } from '../../destinations.ts'
import { deliveryWords } from '../../messages/destinations.ts'
import { eventWord } from '../../messages/events.ts'
import { Action, Badge, For } from '../components.tsx'
import { Form, SelectField, field } from '../form.tsx'
import { optionsOf } from '../options.ts'
import { Secrets } from '../secrets/tables.tsx'
import { DeliveryFacts, SettingFacts } from './facts.tsx'
import { listed } from './lists.tsx'
import { DESTINATIONS } from './resource.ts'
import { answerDestination } from './tabs.ts'

export const showDestination = listed('', async (c, { name, config }) => {
  const path = DESTINATIONS.pathOf(name)
  const delivery = await deliveryStatus(c.get('context'), name)
  const { tone, state, reason, remedy } = deliveryWords(delivery)
  const notice = new URL(c.req.url).searchParams.get('notice')
  return (
    <>
      <For role="operator">
        {(notice === 'paused' || notice === 'resumed') && (
          <div class="after">
            <Action action={`${path}/${notice === 'paused' ? 'resume' : 'pause'}`} label="Undo" quiet />
          </div>
        )}
      </For>
      <p class="lead">
        <Badge tone={tone}>{state}</Badge> {reason} {remedy}
      </p>
      <For role="operator">
        <Buttons isPaused={config.paused} delivery={delivery} path={path} />
      </For>
      {delivery !== null && <DeliveryFacts delivery={delivery} path={path} />}
    </>
  )
})

/** Resume also closes an open circuit, and ends that it is disabled. */
const Buttons: FC<{ isPaused: boolean; delivery: Delivery | null; path: string }> = ({
  isPaused,
  delivery,
  path,
}) => (
  <div class="buttons after">
    {(isPaused || (delivery !== null && delivery.state !== 'active')) && (
      <Action action={`${path}/resume`} label="Resume" />
    )}
    <a class="button" href={`${path}/test`}>
      Send a test event
    </a>
    <a class="button" href={`${path}/replay`}>
      Replay events
    </a>
    {!isPaused && <Action action={`${path}/pause`} label="Pause" quiet />}
  </div>
)

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

export const showSettings = DESTINATIONS.with((c, destination: DestinationView) => {
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
