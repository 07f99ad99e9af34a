/** Sends the events of a time again: a form, then a page that says how many, then the replay. */
import type { FC } from 'hono/jsx'
import type { ReplayBegun } from '../../../api/destinations.ts'
import { filterProblems } from '../../../event/filter/filter-problems.ts'
import { HOUR_MS, toInstant } from '../../../platform/time.ts'
import type { ConsoleContext } from '../../context.ts'
import { replayEvents } from '../../destination-actions.ts'
import { answerPage } from '../answer.tsx'
import { Action } from '../components.tsx'
import { Form, TextField } from '../form.tsx'
import { DESTINATIONS, REPLAY_RUNNING } from './resource.ts'
import { SpanFields, readSpan, typedSpan } from './span.tsx'

type Typed = ReturnType<typeof typedIn>

const typedIn = (fields: URLSearchParams) => ({
  ...typedSpan(fields),
  types: (fields.get('types') ?? '').trim(),
})

interface Asked {
  readonly sinceMs: number
  readonly untilMs: number
  readonly filter: Readonly<Record<string, unknown>> | null
}

/** Without a query, the form; with one, how many events it would be. */
export const showReplay = DESTINATIONS.with(async (c, { name }) => {
  const { searchParams } = new URL(c.req.url)
  const { nowMs } = c.get('context')
  if (!searchParams.has('since'))
    return answerForm(c, name, { since: toInstant(nowMs - HOUR_MS), until: '', types: '' }, {})
  const typed = typedIn(searchParams)
  const asked = readAsked(typed, nowMs)
  if (typeof asked === 'string') return answerForm(c, name, typed, { problem: asked }, 422)
  const plan = await replayEvents(c.get('context'), name, { ...asked, plan: true })
  return plan === null
    ? answerForm(c, name, typed, { problem: REPLAY_RUNNING }, 409)
    : answerForm(c, name, typed, { plan })
})

export const replay = DESTINATIONS.with(async (c, destination) => {
  const context = c.get('context')
  const typed = typedIn(c.get('form'))
  const asked = readAsked(typed, context.nowMs)
  if (typeof asked === 'string') return answerForm(c, destination.name, typed, { problem: asked }, 422)
  const started = await replayEvents(context, destination.name, { ...asked, plan: false })
  if (started === null) return DESTINATIONS.leadTo(c, destination, 'replay_running')
  return started.running
    ? DESTINATIONS.leadTo(c, destination, 'replaying', started.events)
    : DESTINATIONS.leadTo(c, destination, 'nothing_replayed')
})

/** Reads the wanted replay from the form; a text if the form has a problem. */
function readAsked(typed: Typed, nowMs: number): Asked | string {
  const span = readSpan(typed, { sinceMs: undefined, untilMs: nowMs })
  if (typeof span === 'string') return span
  if (typed.types === '') return { ...span, filter: null }
  const filter = { types: typed.types.split(',').map((type) => type.trim()) }
  const [first] = filterProblems(filter, '')
  return first === undefined ? { ...span, filter } : `Types: ${first.problem}`
}

/** Text that the page shows beside the form. */
interface Outcome {
  readonly problem?: string
  readonly plan?: ReplayBegun
}

function answerForm(
  c: ConsoleContext,
  name: string,
  typed: Typed,
  { problem, plan }: Outcome,
  status: 200 | 409 | 422 = 200,
): Promise<Response> {
  const path = DESTINATIONS.pathOf(name)
  return answerPage(
    c,
    { title: 'Replay events', narrow: true },
    <>
      <p class="soft">Destination {name}</p>
      <p class="lead">
        Sends the events again that were stored in a span of time, beside new ones. Each keeps its id, so a
        receiver that knows it drops it.
      </p>
      {plan !== undefined && <Plan plan={plan} typed={typed} path={path} />}
      <Form
        method="get"
        action={`${path}/replay`}
        label="Count"
        quiet={plan !== undefined}
        back={path}
        typed={typed}
        problem={problem}
      >
        <SpanFields needsSince />
        <TextField name="types" label="Only these types, as email.bounced, email.spam_reported" />
      </Form>
    </>,
    status,
  )
}

/** The end of the span is fixed here: events that come meanwhile are sent anyway. */
const Plan: FC<{ plan: ReplayBegun; typed: Typed; path: string }> = ({
  plan: { events, since, until, matching, is_estimate: isEstimate },
  typed,
  path,
}) => (
  <div class="notice good">
    <p>
      {events === 1 ? '1 event was' : `${events.toLocaleString('en')} events were`} stored from {since} to{' '}
      {until}. {matching !== null && passing(matching, isEstimate)}
    </p>
    {events > 0 && (matching !== 0 || isEstimate) && (
      <Action action={`${path}/replay`} fields={{ ...typed, until }} label="Send them again" />
    )}
  </div>
)

function passing(events: number, isEstimate: boolean): string {
  if (events === 0)
    return isEstimate ? 'Of the first ones none passes the filters.' : 'None passes the filters.'
  const count = events.toLocaleString('en')
  return isEstimate
    ? `About ${count} pass the filters, counted by the first ones.`
    : `${count} ${events === 1 ? 'passes' : 'pass'} the filters and ${events === 1 ? 'is' : 'are'} sent.`
}
