/** Sends the events of a time again: a form, then a page that says how many, then the replay. */
import type { FC } from 'hono/jsx'
import type { ReplayBegun } from '../../../api/destinations.ts'
import { filterProblems } from '../../../event/filter/filter-problems.ts'
import { EVENT_TYPES } from '../../../event/mail-event.ts'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import type { ConsoleContext } from '../../context.ts'
import { replayEvents } from '../../destination-actions.ts'
import { eventWord } from '../../messages/events.ts'
import { Action, When } from '../components.tsx'
import { Choices, Form } from '../form.tsx'
import { things } from '../notices.ts'
import { optionsOf } from '../options.ts'
import { Presets } from '../presets.tsx'
import { DESTINATIONS, REPLAY_RUNNING } from './resource.ts'
import { SpanFields, isProblem, readSpan, typedSpan } from './span.tsx'
import { answerDestination } from './tabs.ts'

type Typed = ReturnType<typeof typedIn>

const typedIn = (fields: URLSearchParams) => ({
  ...typedSpan(fields),
  types: fields
    .getAll('types')
    .flatMap((text) => text.split(','))
    .filter((one) => one.trim() !== '')
    .join(','),
})

interface Asked {
  readonly sinceMs: number
  readonly untilMs: number
  readonly filter: Readonly<Record<string, unknown>> | null
}

/** Without a query, the form; with one, how many events it would be. */
export const showReplay = DESTINATIONS.with(async (c, { name }) => {
  const { searchParams } = new URL(c.req.url)
  const context = c.get('context')
  const typed = typedIn(searchParams)
  if (!searchParams.has('from')) return answerForm(c, name, typed, {})
  const asked = readAsked(typed, context.nowMs)
  if ('problem' in asked) return answerForm(c, name, typed, { problem: asked })
  const plan = await replayEvents(context, name, { ...asked, plan: true })
  return plan === null
    ? answerForm(c, name, typed, { problem: { path: '', problem: REPLAY_RUNNING } }, 409)
    : answerForm(c, name, typed, { plan })
})

export const replay = DESTINATIONS.with(async (c, destination) => {
  const context = c.get('context')
  const typed = typedIn(c.get('form'))
  const asked = readAsked(typed, context.nowMs)
  if ('problem' in asked) return answerForm(c, destination.name, typed, { problem: asked })
  const started = await replayEvents(context, destination.name, { ...asked, plan: false })
  if (started === null) return DESTINATIONS.leadTo(c, destination, 'replay_running')
  return started.running
    ? DESTINATIONS.leadTo(c, destination, 'replaying', started.events)
    : DESTINATIONS.leadTo(c, destination, 'nothing_replayed')
})

/** Reads the wanted replay from the form, or what is wrong with it. */
function readAsked(typed: Typed, nowMs: number): Asked | DocumentProblem {
  const span = readSpan(typed, { sinceMs: undefined, untilMs: nowMs }, nowMs)
  if (isProblem(span)) return span
  if (typed.types === '') return { ...span, filter: null }
  const filter = { types: typed.types.split(',') }
  const [first] = filterProblems(filter, '')
  return first === undefined ? { ...span, filter } : { path: 'types', problem: first.problem }
}

/** Shown beside the form. */
interface Outcome {
  readonly problem?: DocumentProblem
  readonly plan?: ReplayBegun
}

function answerForm(
  c: ConsoleContext,
  name: string,
  typed: Typed,
  { problem, plan }: Outcome,
  status?: 409,
): Promise<Response> {
  const path = DESTINATIONS.pathOf(name)
  const query = new URL(c.req.url).searchParams
  return answerDestination(
    c,
    name,
    'Replay',
    <>
      <h2>Replay events</h2>
      <p class="lead">
        Sends the events again that were stored in a span of time, beside new ones. Each keeps its id, so a
        receiver that knows it drops it.
      </p>
      {plan !== undefined && <Plan plan={plan} typed={typed} path={path} />}
      <div class="after">
        <Presets path={`${path}/replay`} query={query} />
      </div>
      <Form
        method="get"
        action={`${path}/replay`}
        label="Count"
        quiet={plan !== undefined}
        back={path}
        typed={typed}
        problems={problem === undefined ? [] : [problem]}
      >
        <SpanFields typed={typed} nowMs={c.get('context').nowMs} required otherwise="(empty: now)" />
        <Choices
          name="types"
          label="Only these types"
          hint="None chosen: all that the filter of the destination lets pass."
          options={optionsOf(EVENT_TYPES, eventWord)}
        />
      </Form>
    </>,
    { isWrong: problem !== undefined },
    status,
  )
}

/** The span is fixed here: events that come meanwhile are sent anyway. */
const Plan: FC<{ plan: ReplayBegun; typed: Typed; path: string }> = ({
  plan: { events, since, until, matching, is_estimate: isEstimate },
  typed: { types },
  path,
}) => (
  <div class="notice good after">
    <p>
      {things(events, 'event')} {events === 1 ? 'was' : 'were'} stored from <When at={since} /> to{' '}
      <When at={until} />. {matching !== null && passing(matching, isEstimate)}
    </p>
    {events > 0 && (matching !== 0 || isEstimate) && (
      <Action
        action={`${path}/replay`}
        fields={{ from: since, to: until, types }}
        label={
          isEstimate || matching === null ? 'Send them again' : `Send ${things(matching, 'event')} again`
        }
      />
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
