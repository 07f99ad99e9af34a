/** One destination: how delivery stands and what to do about it, above its attempts. Its other tabs: settings, secrets; and a test. */
import { destinationRoutes } from '../../../api/destinations.ts'
import { EVENT_TYPES } from '../../../event/mail-event.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { deliveryStatus, shownTarget } from '../../destinations.ts'
import { deliveryWords } from '../../messages/destinations.ts'
import { eventWord } from '../../messages/events.ts'
import { call } from '../call.ts'
import { Action, Badge, For } from '../components.tsx'
import { SelectField } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import { optionsOf } from '../options.ts'
import { Secrets } from '../secrets/tables.tsx'
import { DeliveryFacts, SettingFacts } from './facts.tsx'
import { listed } from './lists.tsx'
import { DESTINATIONS, answerDestination, pageOf } from './resource.ts'

export const showDestination = listed('', async (c, { name, config: { paused } }) => {
  const path = DESTINATIONS.pathOf(name)
  const delivery = await deliveryStatus(c.get('context'), name)
  const { tone, state, reason, remedy } = deliveryWords(delivery)
  const notice = new URL(c.req.url).searchParams.get('notice')
  return (
    <>
      {(notice === 'paused' || notice === 'resumed') && (
        <For role="operator">
          <Action action={`${path}/${notice === 'paused' ? 'resume' : 'pause'}`} label="Undo" quiet />
        </For>
      )}
      <p class="lead">
        <Badge tone={tone}>{state}</Badge> {reason} {remedy}
      </p>
      <For role="operator">
        <div class="buttons after">
          {/** Resume also closes an open circuit, and ends that it is disabled. */}
          {(paused || (delivery !== null && delivery.state !== 'active')) && (
            <Action action={`${path}/resume`} label="Resume" />
          )}
          <a class="button" href={`${path}/test`}>
            Send a test event
          </a>
          <a class="button" href={`${path}/replay`}>
            Replay events
          </a>
          {!paused && <Action action={`${path}/pause`} label="Pause" quiet />}
        </div>
      </For>
      {delivery !== null && <DeliveryFacts delivery={delivery} path={path} />}
    </>
  )
})

const wantedBy = ({ config }: DestinationView) => config.filter?.types ?? EVENT_TYPES

/** Leads to the attempt, which has the answer. */
export const testPage = formRoute({
  of: DESTINATIONS.with,
  shown: ({ name }) => ({
    title: 'Test',
    label: 'Send a test event',
    back: [DESTINATIONS.pathOf(name), name],
    lead: 'Sends a signed example event now, and shows what the endpoint answered. It is not tried again.',
  }),
  values: (destination) => ({ type: wantedBy(destination)[0] ?? 'email.delivered' }),
  Fields: ({ thing: destination }) => (
    <SelectField
      name="type"
      label="Type"
      required
      hint="Types that the filter leaves out are marked. A test is sent all the same."
      options={optionsOf(
        EVENT_TYPES,
        (type) => `${eventWord(type)}${wantedBy(destination).includes(type) ? '' : ' (left out)'}`,
      )}
    />
  ),
  answer: (c, { name }, content, { title, isWrong }, status) =>
    answerDestination(c, name, title, content, { isWrong }, status),
  async save(c, { name }, { type }) {
    const tested = await call(c, destinationRoutes.testDestination, { params: { name }, query: { type } })
    if (!tested.ok) return tested
    const { attempt } = tested.json
    const notice = attempt.outcome === 'delivered' ? 'tested' : 'test_failed'
    const query = new URLSearchParams({ notice, event_id: attempt.id })
    return c.redirect(`${DESTINATIONS.pathOf(name)}?${query.toString()}`, 303)
  },
})

export const showSettings = pageOf('Settings', (c, destination) => (
  <>
    <For role="operator">
      <div class="buttons">
        {['edit', 'remove'].map((what) => (
          <a class="button" href={`${DESTINATIONS.pathOf(destination.name)}/settings/${what}`}>
            {what === 'edit' ? 'Change' : 'Remove'}
          </a>
        ))}
      </div>
    </For>
    <SettingFacts destination={destination} shown={shownTarget(destination, c.get('context').actor)} />
  </>
))

export const showSecrets = pageOf('Secrets', (_c, { name, publicKeys = {}, ...secrets }) => (
  <Secrets noun="destination" path={DESTINATIONS.pathOf(name)} publicKeys={publicKeys} {...secrets} />
))
