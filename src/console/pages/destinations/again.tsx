/** Sends again, in a span of time, what was stored (a replay) or given up (a redrive): the span, how many it would be, the start. */
import type { Child } from 'hono/jsx'
import type { ReplayBegun } from '../../../api/destinations.ts'
import { filterProblems } from '../../../event/filter/filter-problems.ts'
import { EVENT_TYPES } from '../../../event/mail-event.ts'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import type { ConsoleContext } from '../../context.ts'
import { redriveUndelivered, replayEvents } from '../../destination-actions.ts'
import { eventWord } from '../../messages/events.ts'
import { Action, Shown, When } from '../components.tsx'
import { Choices, Form, TextField } from '../form.tsx'
import { things } from '../notices.ts'
import { optionsOf } from '../options.ts'
import { Presets } from '../presets.tsx'
import { fieldTime, momentMs } from '../range.ts'
import { listIn, split } from './draft.ts'
import { DEAD_TAB, DESTINATIONS, REPLAY_RUNNING, answerDestination } from './resource.ts'

const typedIn = (fields: URLSearchParams) => {
  const line = (name: string) => (fields.get(name) ?? '').trim()
  const types = [...listIn(fields, 'types')].join()
  // A source and a message: only the events of that one.
  return { from: line('from'), to: line('to'), types, source: line('source'), message: line('message') }
}
type Typed = ReturnType<typeof typedIn>

const isProblem = (read: object): read is DocumentProblem => 'problem' in read

/** The span and the filter, or what is wrong with them. A redrive without a moment is of all. */
function readAsked({ from, to, types, source, message }: Typed, isReplay: boolean, nowMs: number) {
  const sinceMs = from === '' && !isReplay ? 0 : momentMs(from, nowMs)
  const untilMs = to === '' ? (isReplay ? nowMs : Number.MAX_SAFE_INTEGER) : momentMs(to, nowMs)
  const problem = 'Choose a day and a time of day in UTC.'
  if (sinceMs === undefined) return { path: 'from', problem }
  if (untilMs === undefined) return { path: 'to', problem }
  if (sinceMs >= untilMs) return { path: 'to', problem: 'Must be after “From”.' }
  const filter = {
    ...(types === '' ? {} : { types: split(types) }),
    ...(source === '' ? {} : { sources: [source] }),
    ...(message === '' ? {} : { where: { message_id: message } }),
  }
  const [first] = filterProblems(filter, '')
  if (first !== undefined) return { path: types === '' ? '' : 'types', problem: first.problem }
  return { sinceMs, untilMs, filter: Object.keys(filter).length === 0 ? null : filter }
}

interface Plan {
  readonly says: Child
  readonly fields: Readonly<Record<string, string>>
  /** Of the button that starts it; undefined if there is nothing to send. */
  readonly label: string | undefined
}

/** @param plan or what is wrong; undefined before there is a span */
function answerAgain(
  c: ConsoleContext,
  name: string,
  isReplay: boolean,
  typed: Typed,
  plan?: Plan | DocumentProblem,
  status?: 409,
): Promise<Response> {
  const path = DESTINATIONS.pathOf(name)
  const action = `${path}/${isReplay ? 'replay' : 'redrive'}`
  const problems = plan !== undefined && isProblem(plan) ? [plan] : []
  const { source, message } = typed
  const moment = (field: 'from' | 'to') => {
    const ms = momentMs(typed[field], c.get('context').nowMs)
    return { name: field, type: 'datetime-local', value: ms === undefined ? '' : fieldTime(ms) } as const
  }
  return answerDestination(
    c,
    name,
    isReplay ? 'Replay' : 'Redrive',
    <>
      <h2>{isReplay ? 'Replay events' : 'Redrive dead letters'}</h2>
      <p class="lead">
        {isReplay
          ? 'Sends the events again that were stored in a span of time, beside new ones. Each keeps its id, so a receiver that knows it drops it.'
          : 'Gives dead letters all their tries again: all, or those that were given up in a span of time.'}
        {message !== '' && (
          <>
            {' '}
            Only those of the message <Shown text={message} max={200} code /> of {source}.
          </>
        )}
      </p>
      {plan !== undefined && !isProblem(plan) && (
        <div class="notice good after">
          <p>{plan.says}</p>
          {plan.label !== undefined && <Action action={action} fields={plan.fields} label={plan.label} />}
        </div>
      )}
      <div class="after">
        <Presets path={action} query={new URL(c.req.url).searchParams} />
      </div>
      <Form
        method="get"
        action={action}
        label="Count"
        quiet={plan !== undefined && problems.length === 0}
        back={`${path}${isReplay ? '' : DEAD_TAB}`}
        typed={typed}
        hidden={message === '' ? {} : { source, message }}
        problems={problems}
      >
        <div class="pair">
          <div>
            <TextField {...moment('from')} label="From (UTC)" required={isReplay} />
          </div>
          <div>
            <TextField {...moment('to')} label="To (UTC)" remark={isReplay ? '(empty: now)' : '(optional)'} />
          </div>
        </div>
        {isReplay && (
          <Choices
            name="types"
            label="Only these types"
            hint="None chosen: all that the filter of the destination lets pass."
            options={optionsOf(EVENT_TYPES, eventWord)}
          />
        )}
      </Form>
    </>,
    { isWrong: problems.length > 0 },
    status,
  )
}

/** Without a span, the form; with one, how many events it would be. */
export const showReplay = DESTINATIONS.with(async (c, { name }) => {
  const query = new URL(c.req.url).searchParams
  const context = c.get('context')
  const typed = typedIn(query)
  if (!query.has('from')) return answerAgain(c, name, true, typed)
  const asked = readAsked(typed, true, context.nowMs)
  if (isProblem(asked)) return answerAgain(c, name, true, typed, asked)
  const plan = await replayEvents(context, name, { ...asked, plan: true })
  return plan === null
    ? answerAgain(c, name, true, typed, { path: '', problem: REPLAY_RUNNING }, 409)
    : answerAgain(c, name, true, typed, planOf(plan, typed))
})

export const replay = DESTINATIONS.with(async (c, destination) => {
  const context = c.get('context')
  const typed = typedIn(c.get('form'))
  const asked = readAsked(typed, true, context.nowMs)
  if (isProblem(asked)) return answerAgain(c, destination.name, true, typed, asked)
  const started = await replayEvents(context, destination.name, { ...asked, plan: false })
  if (started === null) return DESTINATIONS.leadTo(c, destination, 'replay_running')
  return started.running
    ? DESTINATIONS.leadTo(c, destination, 'replaying', started.events)
    : DESTINATIONS.leadTo(c, destination, 'nothing_replayed')
})

/** The span is fixed here: events that come meanwhile are sent anyway. */
function planOf(
  { events, since, until, matching, is_estimate: isEstimate }: ReplayBegun,
  typed: Typed,
): Plan {
  const passing = matching ?? 0
  const count = passing.toLocaleString('en')
  return {
    says: (
      <>
        {things(events, 'event')} {events === 1 ? 'was' : 'were'} stored from <When at={since} /> to{' '}
        <When at={until} />.{' '}
        {isEstimate
          ? `About ${count} pass the filters. This is an estimate from the first events.`
          : `${count} ${passing === 1 ? 'passes the filters and is' : 'pass the filters and are'} sent.`}
      </>
    ),
    fields: { ...typed, from: since, to: until },
    label: isEstimate
      ? 'Send them again'
      : passing > 0
        ? `Send ${things(passing, 'event')} again`
        : undefined,
  }
}

export const showRedrive = DESTINATIONS.with((c, { name }) =>
  answerRedrive(c, name, typedIn(new URL(c.req.url).searchParams)),
)

async function answerRedrive(c: ConsoleContext, name: string, typed: Typed): Promise<Response> {
  const context = c.get('context')
  const asked = readAsked(typed, false, context.nowMs)
  if (isProblem(asked)) return answerAgain(c, name, false, typed, asked)
  const count = await redriveUndelivered(
    context,
    name,
    { ids: null, sinceMs: asked.sinceMs, untilMs: asked.untilMs },
    true,
  )
  const says = `${count === 1 ? '1 delivery gets' : `${count.toLocaleString('en')} deliveries get`} all tries again.`
  const label = count === 0 ? undefined : 'Redrive them'
  return answerAgain(c, name, false, typed, { says, fields: { from: typed.from, to: typed.to }, label })
}

/** One, or all of a span. */
export const redrive = DESTINATIONS.with(async (c, destination) => {
  const context = c.get('context')
  const id = c.get('form').get('id')
  const typed = typedIn(c.get('form'))
  const asked = readAsked(typed, false, context.nowMs)
  if (isProblem(asked)) return answerRedrive(c, destination.name, typed)
  const { sinceMs, untilMs } = asked
  const filter = { ids: id === null ? null : [id], sinceMs, untilMs }
  const count = await redriveUndelivered(context, destination.name, filter, false)
  return count === 0
    ? DESTINATIONS.leadTo(c, destination, 'nothing_redriven', undefined, DEAD_TAB)
    : DESTINATIONS.leadTo(c, destination, 'redriven', count, DEAD_TAB)
})
