/** The overview of a destination: what is wrong and the one thing to do, its day as charts, its queue and its last answers. */
import type { FC } from 'hono/jsx'
import type { Delivery } from '../../../api/destinations.ts'
import type { DestinationConfig } from '../../../registry/destinations/document.ts'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { findEvents } from '../../../store/events.ts'
import { deliveryStatus, shownDeliveries } from '../../destinations.ts'
import { OPEN_STATES, listIncidents } from '../../incidents.ts'
import { deliveryWords } from '../../messages/destinations.ts'
import { answered } from '../../request-context.ts'
import { Charts } from '../charts/charts.tsx'
import { incidentMarks } from '../charts/marks.ts'
import type { Series } from '../charts/series.ts'
import { Action, Clock, For, Said } from '../components.tsx'
import { INCIDENTS } from '../incidents/resource.ts'
import { useView } from '../view.ts'
import { ReplayLine, countsIn, dayUntil } from './facts.tsx'
import { answerDestination } from './frame.tsx'
import { Answers, Queue, WAITING, readAnswers, readQueue } from './lists.tsx'
import { DESTINATIONS } from './resource.ts'

/** Open incidents that are read, to find that of this destination. */
const INCIDENTS_READ = 100

export const showDestination = DESTINATIONS.with(async (c, destination) => {
  const context = c.get('context')
  const { name } = destination
  const path = DESTINATIONS.pathOf(name)
  const query = new URL(c.req.url).searchParams
  const deliveries = shownDeliveries(context, name)
  const asked = <T,>(ask: () => Promise<T>) => answered(context, 'destination', ask)
  const [delivery, incidents, queue, answers] = await Promise.all([
    deliveryStatus(context, name),
    listIncidents(context, { states: OPEN_STATES, limit: INCIDENTS_READ }),
    asked(() => readQueue(deliveries, query)),
    asked(() => readAnswers(deliveries, query)),
  ])
  const ids = [...(queue?.entries ?? []), ...(answers?.entries ?? [])].flatMap(
    ({ event_ids: [first] }) => first ?? [],
  )
  const events = await answered(context, 'events', () => findEvents(context.store, ids))
  const own = incidents?.filter(isAbout(name)) ?? []
  const shown = { path, query, events }
  return answerDestination(
    c,
    destination,
    '',
    <>
      <Trouble path={path} delivery={delivery} incident={own[0]} config={destination.config} />
      {delivery?.replay && <ReplayLine replay={delivery.replay} path={path} />}
      {delivery !== null && delivery.hours.length > 0 && <Day hours={delivery.hours} incidents={own} />}
      <Queue {...shown} list={queue} delivery={delivery} />
      <Answers {...shown} list={answers} />
    </>,
    {
      read: delivery,
      frame: { aside: <Actions path={path} delivery={delivery} form={destination.config.form} /> },
    },
  )
})

const isAbout =
  (name: string) =>
  ({ findings }: Incident): boolean =>
    findings.some(
      ({ kind, subject }) => subject === name && /^(?:destination|dead_letters|reader)/.test(kind),
    )

const Actions: FC<{
  path: string
  delivery: Delivery | null
  form: DestinationConfig['form']
}> = ({ path, delivery, form }) => (
  <For role="operator">
    {/** Resume also closes an open circuit, and ends that it is disabled. */}
    {delivery !== null && delivery.state !== 'active' && deliveryWords(delivery).action !== 'resume' && (
      <Action action={`${path}/resume`} label="Resume" quiet />
    )}
    {/** All that it gets is of the ESP. */}
    {form === 'events' && (
      <>
        <a class="button" data-open="dialog" href={`${path}/test`}>
          Send a test event
        </a>
        <a class="button" data-open="dialog" href={`${path}/send-again`}>
          Send again
        </a>
      </>
    )}
    {delivery?.state !== 'paused' && (
      <a class="button" data-open="dialog" href={`${path}/pause`}>
        Pause
      </a>
    )}
  </For>
)

/** Trouble of the destination and since when, with the incident that tells it, and what to do next. */
const Trouble: FC<{
  path: string
  delivery: Delivery | null
  incident: Incident | undefined
  config: Pick<DestinationConfig, 'form' | 'paused_until'>
}> = ({ path, delivery, incident, config: { form, paused_until: pausedUntil } }) => {
  const { tone, reason, remedy, action } = deliveryWords(delivery)
  if (reason === null && incident === undefined) return null
  const since = delivery?.since ?? delivery?.blocked_since ?? delivery?.failing_since
  return (
    <div class={`notice banner ${tone === 'bad' ? 'bad' : 'warn'}`}>
      <span>
        {incident !== undefined && (
          <>
            <a href={INCIDENTS.pathOf(incident.number)}>
              <strong>Incident {incident.number}</strong>
            </a>
            : <Said text={incident.headline} max={300} />.{' '}
          </>
        )}
        {reason} {remedy}
        {delivery?.state === 'paused' && pausedUntil !== null && (
          <>
            {' '}
            It ends by itself at <Clock at={Date.parse(pausedUntil)} />.
          </>
        )}
        {typeof since === 'string' && (
          <>
            {' '}
            Since <Clock at={Date.parse(since)} />.
          </>
        )}
      </span>
      <For role="operator">
        <span class="buttons">
          {action === 'resume' ? (
            <Action action={`${path}/resume`} label="Resume" />
          ) : (
            action !== null &&
            !(action === 'test' && form === 'original') && (
              <a
                class="button primary"
                href={`${path}${NEXT[action][0]}`}
                data-open={action === 'test' ? 'dialog' : undefined}
              >
                {NEXT[action][1]}
              </a>
            )
          )}
        </span>
      </For>
    </div>
  )
}

/** The page of the next step, and its words. */
const NEXT = {
  test: ['/test', 'Test it'],
  url: ['/settings#url', 'Edit the URL'],
  queue: [`?show=${WAITING}#queue`, 'Look at what waits'],
} as const

/** Attempts of the last day by hour, those that were delivered and those that failed. */
const Day: FC<{ hours: Delivery['hours']; incidents: readonly Incident[] }> = ({ hours, incidents }) => {
  const timeline = dayUntil(useView().nowMs)
  const series = (id: 'delivered' | 'failed', title: string): Series => ({
    id,
    title,
    form: 'bars',
    least: 2,
    text: (value) => value.toLocaleString('en', { maximumFractionDigits: 1 }),
    isBad: id === 'failed' || undefined,
    values: countsIn(timeline, hours, (one) => one[id]),
  })
  return (
    <Charts
      timeline={timeline}
      series={[series('delivered', 'Delivered'), series('failed', 'Failed')]}
      marks={incidentMarks(timeline, incidents)}
      caption="Attempts by hour, newest first"
      empty="No attempt in this time."
    />
  )
}
