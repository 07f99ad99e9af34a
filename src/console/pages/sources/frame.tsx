/** The frame of the pages of a source: how it stands at its name, the open incident, and its tabs. */
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { providerTitle } from '../../../providers/facts.ts'
import { effectiveMs } from '../../../event/effective-time.ts'
import { refusesEverything } from '../../../registry/sources/refuses-everything.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import { listEvents } from '../../../store/events.ts'
import { REFUSED_IN_A_ROW_MIN } from '../../../watch/operations/facts.ts'
import type { ConsoleContext } from '../../context.ts'
import { sourceState } from '../../messages/source-states.ts'
import { answered } from '../../request-context.ts'
import { For, State, When } from '../components.tsx'
import { IncidentBanner } from '../incidents/banner.tsx'
import type { FrameProps } from '../layout.tsx'
import { tabbed } from '../tabbed.tsx'
import { REFUSED, openIncidents } from './health.ts'
import { Contained, Pause, containmentsOf, isPause } from './pause.tsx'
import { SOURCES } from './resource.ts'

const answerTab = tabbed({
  of: SOURCES,
  noun: 'Source',
  tabs: [
    { path: '', text: 'Overview' },
    { path: '/activity', text: 'Activity' },
    { path: '/settings', text: 'Settings and secrets' },
    { path: '/setup', text: 'Set-up' },
  ],
})

/** Answers a page of a source. What is known of how it stands is read while the page itself is read, if that is a promise. */
export async function answerSource(
  c: ConsoleContext,
  source: SourceView,
  tab: string,
  read: Child | Promise<Child>,
  frame: Partial<FrameProps> = {},
  status?: ContentfulStatusCode,
): Promise<Response> {
  const context = c.get('context')
  const { name, config } = source
  const [content, incidents, containments = [], newest, refusals] = await Promise.all([
    read,
    openIncidents(context, name),
    containmentsOf(context, name),
    answered(context, 'last event', () =>
      listEvents(context.store, { source: name, limit: 1 }, context.nowMs),
    ),
    answered(context, 'refusals', () =>
      context.refusalLog.latest({ source: name, limit: REFUSED_IN_A_ROW_MIN }),
    ),
  ])
  const [event] = newest?.events ?? []
  const lastEventMs = newest && (event === undefined ? null : effectiveMs(event))
  const pause = containments.find(isPause)
  const receivedMs = event === undefined ? 0 : Date.parse(event.received_at)
  const isRefused =
    newest !== undefined &&
    refusals?.length === REFUSED_IN_A_ROW_MIN &&
    refusals.every(({ atMs, probe }) => probe !== true && atMs > receivedMs)
  const standing = {
    source,
    incident: incidents[0] ?? (isRefused ? REFUSED : undefined),
    isPaused: pause !== undefined,
    lastEventMs,
  }
  const [tone, word] = sourceState(standing, context.nowMs)
  const path = SOURCES.pathOf(name)
  // The set-up itself asks for the secret.
  const missing = tab === 'Set-up' ? null : refusesEverything(source)
  return answerTab(
    c,
    name,
    tab,
    <>
      {missing !== null && (
        <p class="notice bad">
          {missing.explanation} <a href={`${path}/setup#secret`}>Add it in the set-up</a>.
        </p>
      )}
      {isRefused && incidents.length === 0 && (
        <p class="notice warn">
          The latest deliveries were all refused. <a href={`${path}#refused`}>See why</a>.
        </p>
      )}
      <IncidentBanner incidents={incidents} source={name} />
      <Pause name={name} lasting={pause} />
      <Contained containments={containments.filter((one) => !isPause(one))} />
      {config.observe && (
        <p class="notice">
          This source only observes: deliveries are judged, counted and answered, and no event is stored.{' '}
          <For role="operator">
            <a href={`${path}/settings#settings`}>Let events in</a>
          </For>
        </p>
      )}
      {content}
    </>,
    {
      beside: (
        <>
          <State tone={tone}>{word}</State>
          <span class="soft">
            {providerTitle(config.provider)} · {config.level} level
            {typeof lastEventMs === 'number' && (
              <>
                {' '}
                · last event <When at={lastEventMs} />
              </>
            )}
          </span>
        </>
      ),
      aside: pause === undefined && (
        <For role="operator">
          <a class="button" data-open="dialog" href={`${path}/pause`}>
            Pause
          </a>
        </For>
      ),
      ...frame,
    },
    status,
  )
}
