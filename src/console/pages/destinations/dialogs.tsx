/** Questions and small forms of a destination: test, pause, skip a delivery, remove. */
import { destinationRoutes } from '../../../api/destinations.ts'
import { EVENT_TYPES } from '../../../event/mail-event.ts'
import { durationWords } from '../../../platform/settings.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { deliveryStatus } from '../../destinations.ts'
import { eventWord } from '../../messages/events.ts'
import { answerNotice } from '../answer.tsx'
import { call } from '../call.ts'
import { Shown } from '../components.tsx'
import { Reason, SelectField, field } from '../form.tsx'
import { confirmRoute, formRoute } from '../form-route.tsx'
import { things } from '../notices.ts'
import { optionsOf } from '../options.ts'
import type { Finder } from '../route.ts'
import { GIVEN_UP, WAITING } from './lists.tsx'
import { DESTINATIONS } from './resource.ts'

const { pathOf } = DESTINATIONS

const wantedBy = ({ config }: DestinationView) => config.filter?.types ?? EVENT_TYPES

/** Leads to the attempt, which has the answer. */
export const testPage = formRoute({
  of: DESTINATIONS.with,
  shown: ({ name }) => ({
    title: `Test ${name}`,
    label: 'Send a test event',
    back: [pathOf(name), name],
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
  async save(c, { name }, { type }) {
    const tested = await call(c, destinationRoutes.testDestination, { params: { name }, query: { type } })
    if (!tested.ok) return tested
    const { attempt } = tested.json
    const notice = attempt.outcome === 'delivered' ? 'tested' : 'test_failed'
    const query = new URLSearchParams({ notice, event_id: attempt.id })
    return c.redirect(`${pathOf(name)}?${query.toString()}`, 303)
  },
})

/** In seconds; the empty one has no end. */
const PAUSES = ['3600', '14400', '86400', '604800', '']

export const pausePage = formRoute({
  of: DESTINATIONS.with,
  shown: ({ name }) => ({
    title: `Pause ${name}`,
    label: 'Pause it',
    back: [pathOf(name), name],
    lead: 'Nothing is sent. Events wait in the store, and are sent afterwards as far as they are still kept there.',
  }),
  values: () => ({ seconds: '3600' }),
  Fields: () => (
    <>
      <SelectField
        name="seconds"
        label="For how long"
        required
        options={optionsOf(PAUSES, (one) =>
          one === '' ? 'until somebody resumes it' : durationWords(Number(one)),
        )}
      />
      <Reason />
    </>
  ),
  async save(c, { name }, { seconds }) {
    const query = seconds === '' ? {} : { seconds }
    const done = await call(c, destinationRoutes.pauseDestination, { params: { name }, query })
    return done.ok ? DESTINATIONS.leadTo(c, name, 'paused') : done
  },
})

interface OneDelivery {
  readonly name: string
  readonly id: string
}

const withDelivery: Finder<OneDelivery> = (work) =>
  DESTINATIONS.with((c, { name }) => {
    const id = c.req.method === 'POST' ? field(c, 'id') : (c.req.query('id') ?? '')
    const queue = [`${pathOf(name)}?show=${WAITING}#queue`, 'What waits'] as const
    return id === ''
      ? answerNotice(c, 400, 'Which delivery?', 'No delivery is named. Choose Skip at one that waits.', queue)
      : work(c, { name, id })
  })

/** Asks before it gives up one waiting delivery. */
export const skipPage = confirmRoute({
  of: withDelivery,
  shown: ({ name, id }: OneDelivery) => ({
    title: 'Skip a delivery',
    label: 'Skip it',
    back: [`${pathOf(name)}?show=${WAITING}#queue`, name],
    lead: (
      <>
        The delivery <Shown text={id} max={80} code /> is given up: it is not tried again, and those that it
        holds back are sent. It stays in the queue under <em>Given up</em>, from where it can be sent again.
      </>
    ),
    hidden: { id },
  }),
  route: destinationRoutes.skipDelivery,
  given: ({ name, id }) => ({ params: { name }, body: { id } }),
  done: (c, { name }) => DESTINATIONS.leadTo(c, name, 'skipped', undefined, `?show=${GIVEN_UP}`),
})

interface Doomed {
  readonly name: string
  readonly lost: string
}

const withLoss: Finder<Doomed> = (work) =>
  DESTINATIONS.with(async (c, { name }) => {
    const delivery = await deliveryStatus(c.get('context'), name)
    const lost =
      delivery === null
        ? 'what waits for it, what it gave up, and its attempts'
        : `${things(delivery.backlog, 'event')} to be read, ${delivery.waiting.toLocaleString('en')} waiting, ${delivery.given_up.toLocaleString('en')} given up, and its attempts`
    return work(c, { name, lost })
  })

export const removePage = confirmRoute({
  of: withLoss,
  shown: ({ name, lost }) => ({
    title: `Remove ${name}`,
    label: `Remove ${name}`,
    back: [`${pathOf(name)}/settings`, name],
    lead: `If you remove it, nothing is sent to it any more, and this is deleted for good: ${lost}. The events stay in the store.`,
  }),
  nameOf: ({ name }) => name,
  route: destinationRoutes.deleteDestination,
  given: ({ name }) => ({ params: { name } }),
  done: (c) => DESTINATIONS.leadToList(c, 'removed'),
})
