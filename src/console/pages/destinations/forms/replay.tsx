/** Sends the events of a time again: a form, then a page that says how many, then the replay. */
import type { FC } from 'hono/jsx'
import type { ReplayBegun } from '../../../../api/destinations.ts'
import { filterProblems } from '../../../../event/filter/filter-problems.ts'
import { toInstant } from '../../../../platform/time.ts'
import type { ConsoleContext } from '../../../context.ts'
import { replayEvents } from '../../../destination-actions.ts'
import { answerPage } from '../../answer.tsx'
import { Action } from '../../components.tsx'
import { formTokenOf } from '../../secret-components.tsx'
import { leadBack, withDestination } from '../found.ts'
import { destinationPath } from '../path.ts'
import { Problem, SpanFields, type TypedSpan, readSpan, typedSpan } from './span.tsx'

const HOUR_MS = 3_600_000

const RUNNING = 'A replay runs already: wait for its end, or end it.'

interface Typed extends TypedSpan {
  readonly types: string
}

interface Asked {
  readonly sinceMs: number
  readonly untilMs: number
  readonly filter: Readonly<Record<string, unknown>> | null
}

/** Without a query, the form; with one, how many events it would be. */
export const showReplay = withDestination(async (c, { name }) => {
  const { searchParams } = new URL(c.req.url)
  const { nowMs } = c.get('context')
  if (!searchParams.has('since'))
    return answerForm(c, name, { since: toInstant(nowMs - HOUR_MS), until: '', types: '' }, 200, {})
  const typed = typedIn(searchParams)
  const asked = readAsked(typed, nowMs)
  if (typeof asked === 'string') return answerForm(c, name, typed, 422, { problem: asked })
  const plan = await replayEvents(c.get('context'), name, { ...asked, plan: true })
  return plan === null
    ? answerForm(c, name, typed, 409, { problem: RUNNING })
    : answerForm(c, name, typed, 200, { plan })
})

export const replay = withDestination(async (c, destination) => {
  const context = c.get('context')
  const typed = typedIn(c.get('form'))
  const asked = readAsked(typed, context.nowMs)
  if (typeof asked === 'string') return answerForm(c, destination.name, typed, 422, { problem: asked })
  const started = await replayEvents(context, destination.name, { ...asked, plan: false })
  if (started === null) return leadBack(c, destination, 'replay_running')
  return started.running
    ? leadBack(c, destination, 'replaying', started.events)
    : leadBack(c, destination, 'nothing_replayed')
})

const typedIn = (fields: URLSearchParams): Typed => ({
  ...typedSpan(fields),
  types: (fields.get('types') ?? '').trim(),
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

async function answerForm(
  c: ConsoleContext,
  name: string,
  typed: Typed,
  status: 200 | 409 | 422,
  { problem, plan }: Outcome,
): Promise<Response> {
  const path = destinationPath(name)
  const formToken = await formTokenOf(c)
  return answerPage(
    c,
    { title: 'Replay events · Postern' },
    <div class="narrow">
      <h1>Replay events</h1>
      <p class="soft">Destination {name}</p>
      <p class="lead">
        Sends the events again that were stored in a span of time, beside new ones. Each keeps its id, so a
        receiver that knows it drops it.
      </p>
      <Problem text={problem} />
      {plan === undefined ? '' : <Plan plan={plan} typed={typed} path={path} formToken={formToken} />}
      <form method="get" action={`${path}/replay`} class="stacked">
        <SpanFields typed={typed} optional={false} isWrong={problem !== undefined} />
        <label for="types">
          Only these types, as email.bounced, email.spam_reported <span class="soft">(optional)</span>
        </label>
        <input
          id="types"
          name="types"
          type="text"
          autocomplete="off"
          spellcheck={false}
          value={typed.types}
        />
        <div class="buttons">
          <button type="submit" class={plan === undefined ? undefined : 'quiet'}>
            Count
          </button>
          <a href={path}>Cancel</a>
        </div>
      </form>
    </div>,
    status,
  )
}

/** The end of the span is fixed here: events that come meanwhile are sent anyway. */
const Plan: FC<{ plan: ReplayBegun; typed: Typed; path: string; formToken: string }> = ({
  plan: { events, since, until, matching, is_estimate: isEstimate },
  typed,
  path,
  formToken,
}) => (
  <div class="notice good">
    <p>
      {events === 1 ? '1 event was' : `${events.toLocaleString('en')} events were`} stored from {since} to{' '}
      {until}. {matching === null ? '' : passing(matching, isEstimate)}
    </p>
    {events === 0 || (matching === 0 && !isEstimate) ? (
      ''
    ) : (
      <Action
        action={`${path}/replay`}
        formToken={formToken}
        fields={{ ...typed, until }}
        label="Send them again"
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
