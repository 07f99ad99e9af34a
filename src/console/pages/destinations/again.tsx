/** Sends again, in a span of time, what was stored (a replay) or given up (a redrive): the span, how many it would be, the start. */
import type { Child } from 'hono/jsx'
import { type ReplayBegun, destinationRoutes } from '../../../api/destinations.ts'
import { type Problem, statusOf } from '../../../api/problem.ts'
import { EVENT_TYPES } from '../../../event/mail-event.ts'
import { toInstant } from '../../../platform/time.ts'
import type { ConsoleContext } from '../../context.ts'
import { eventWord } from '../../messages/events.ts'
import { call } from '../call.ts'
import { Action, Shown, When } from '../components.tsx'
import { Choices, Form, TextField } from '../form.tsx'
import { things } from '../notices.ts'
import { optionsOf } from '../options.ts'
import { Presets, momentField } from '../range-picker.tsx'
import { type Reader, momentMs, readerOf } from '../range.ts'
import { listIn, split } from './draft.ts'
import { DEAD_TAB, DESTINATIONS, answerDestination } from './resource.ts'

const typedIn = (fields: URLSearchParams) => {
  const line = (name: string) => (fields.get(name) ?? '').trim()
  const types = [...listIn(fields, 'types')].join()
  // A source and a message: only the events of that one.
  return { from: line('from'), to: line('to'), types, source: line('source'), message: line('message') }
}
type Typed = ReturnType<typeof typedIn>

/** Fields of the API's bodies, as the form has them. */
const FIELDS: Readonly<Record<string, string>> = { since: 'from', until: 'to', 'filter.types': 'types' }

/** The span as the API takes it. A moment that is none goes as it was typed: the API says so. A redrive without one is of all. */
function spanOf({ from, to }: Typed, isReplay: boolean, reader: Reader) {
  const instant = (text: string) => {
    const ms = momentMs(text, reader)
    return ms === undefined ? text : toInstant(ms)
  }
  if (!isReplay && from === '' && to === '') return { all: true }
  const since = from === '' && !isReplay ? toInstant(0) : instant(from)
  return { since, ...(to === '' ? {} : { until: instant(to) }) }
}

const filterOf = ({ types, source, message }: Typed) =>
  types === '' && source === '' && message === ''
    ? {}
    : {
        filter: {
          ...(types === '' ? {} : { types: split(types) }),
          ...(source === '' ? {} : { sources: [source] }),
          ...(message === '' ? {} : { where: { message_id: message } }),
        },
      }

const replayed = (c: ConsoleContext, name: string, typed: Typed, plan: boolean) => {
  const body = { ...spanOf(typed, true, readerOf(c)), ...filterOf(typed), plan }
  return call(c, destinationRoutes.replayEvents, { params: { name }, body })
}

interface Plan {
  readonly says: Child
  readonly fields: Readonly<Record<string, string>>
  /** Of the button that starts it; undefined if there is nothing to send. */
  readonly label: string | undefined
}

/** @param plan or why there is none; undefined before there is a span */
function answerAgain(
  c: ConsoleContext,
  name: string,
  isReplay: boolean,
  typed: Typed,
  plan?: Plan | Problem,
): Promise<Response> {
  const path = DESTINATIONS.pathOf(name)
  const action = `${path}/${isReplay ? 'replay' : 'redrive'}`
  const refused = plan !== undefined && 'code' in plan ? plan : undefined
  const problems = (refused && (refused.problems ?? [{ path: '', problem: refused.detail }]))?.map((one) => ({
    ...one,
    path: FIELDS[one.path.replace(/\.\d+$/, '')] ?? '',
  }))
  const { source, message } = typed
  const reader = readerOf(c)
  const moment = (field: 'from' | 'to') => momentField(field, typed[field], reader)
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
      {plan !== undefined && !('code' in plan) && (
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
        look={plan !== undefined && refused === undefined ? 'quiet' : undefined}
        back={`${path}${isReplay ? '' : DEAD_TAB}`}
        typed={typed}
        hidden={{ zone: reader.zone, ...(message !== '' && { source, message }) }}
        problems={problems}
      >
        <div class="pair">
          <div>
            <TextField {...moment('from')} label={`From, ${reader.zone}`} required={isReplay} />
          </div>
          <div>
            <TextField
              {...moment('to')}
              label={`To, ${reader.zone}`}
              remark={isReplay ? '(empty: now)' : '(optional)'}
            />
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
    { isWrong: refused !== undefined },
    refused && statusOf(refused.code),
  )
}

/** Without a span, the form; with one, how many events it would be. */
export const showReplay = DESTINATIONS.with(async (c, { name }) => {
  const query = new URL(c.req.url).searchParams
  const typed = typedIn(query)
  if (!query.has('from')) return answerAgain(c, name, true, typed)
  const plan = await replayed(c, name, typed, true)
  return answerAgain(c, name, true, typed, plan.ok ? planOf(plan.json, typed) : plan)
})

export const replay = DESTINATIONS.with(async (c, { name }) => {
  const typed = typedIn(c.get('form'))
  const started = await replayed(c, name, typed, false)
  if (!started.ok) return answerAgain(c, name, true, typed, started)
  return started.json.running
    ? DESTINATIONS.leadTo(c, name, 'replaying', started.json.events)
    : DESTINATIONS.leadTo(c, name, 'nothing_replayed')
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

const redriven = (c: ConsoleContext, name: string, which: object, plan: boolean) =>
  call(c, destinationRoutes.redriveUndelivered, { params: { name }, body: { ...which, plan } })

export const showRedrive = DESTINATIONS.with(async (c, { name }) => {
  const typed = typedIn(new URL(c.req.url).searchParams)
  const plan = await redriven(c, name, spanOf(typed, false, readerOf(c)), true)
  if (!plan.ok) return answerAgain(c, name, false, typed, plan)
  const { redriven: count } = plan.json
  const says = `${count === 1 ? '1 delivery gets' : `${count.toLocaleString('en')} deliveries get`} all tries again.`
  const label = count === 0 ? undefined : 'Redrive them'
  return answerAgain(c, name, false, typed, { says, fields: { from: typed.from, to: typed.to }, label })
})

/** One, or all of a span. */
export const redrive = DESTINATIONS.with(async (c, { name }) => {
  const id = c.get('form').get('id')
  const typed = typedIn(c.get('form'))
  const which = id === null ? spanOf(typed, false, readerOf(c)) : { ids: [id] }
  const done = await redriven(c, name, which, false)
  if (!done.ok) return answerAgain(c, name, false, typed, done)
  return done.json.redriven === 0
    ? DESTINATIONS.leadTo(c, name, 'nothing_redriven', undefined, DEAD_TAB)
    : DESTINATIONS.leadTo(c, name, 'redriven', done.json.redriven, DEAD_TAB)
})
