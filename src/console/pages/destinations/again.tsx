/** Sends again what was stored in a span of time (a replay), or what was given up (a redrive): the span, how many it would be, the start. */
import type { Child } from 'hono/jsx'
import { type ReplayBegun, destinationRoutes } from '../../../api/destinations.ts'
import { type Problem, statusOf } from '../../../api/problem.ts'
import { EVENT_TYPES } from '../../../event/mail-event.ts'
import { toInstant } from '../../../platform/time.ts'
import type { ConsoleContext } from '../../context.ts'
import { eventWord } from '../../messages/events.ts'
import { answerPage } from '../answer.tsx'
import { call } from '../call.ts'
import { Action, Shown, When } from '../components.tsx'
import { Choice, Choices, Form, TextField } from '../form.tsx'
import { things } from '../notices.ts'
import { optionsOf } from '../options.ts'
import { Presets, momentField } from '../range-picker.tsx'
import { type Reader, momentMs, readerOf } from '../range.ts'
import { listIn, split } from './draft.ts'
import { GIVEN_UP } from './lists.tsx'
import { DESTINATIONS } from './resource.ts'

const EVENTS = 'events'

const typedIn = (fields: URLSearchParams, what = fields.get('what') === GIVEN_UP ? GIVEN_UP : EVENTS) => {
  const line = (name: string) => (fields.get(name) ?? '').trim()
  const types = [...listIn(fields, 'types')].join()
  // A source and a message: only the events of that one.
  return { what, from: line('from'), to: line('to'), types, source: line('source'), message: line('message') }
}
type Typed = ReturnType<typeof typedIn>

/** Fields of the API's bodies, as the form has them. */
const FIELDS: Readonly<Record<string, string>> = { since: 'from', until: 'to', 'filter.types': 'types' }

interface Span {
  readonly all?: true
  readonly since?: string
  readonly until?: string
}

/** The span as the API takes it. A moment that is none goes as it was typed: the API says so. What was given up needs none. */
function spanOf({ what, from, to }: Typed, reader: Reader): Span {
  const instant = (text: string) => {
    const ms = momentMs(text, reader)
    return ms === undefined ? text : toInstant(ms)
  }
  if (what === GIVEN_UP && from === '' && to === '') return { all: true }
  const since = from === '' && what === GIVEN_UP ? toInstant(0) : instant(from)
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
  const body = { ...spanOf(typed, readerOf(c)), ...filterOf(typed), plan }
  return call(c, destinationRoutes.replayEvents, { params: { name }, body })
}

const redriven = (c: ConsoleContext, name: string, which: object, plan: boolean) =>
  call(c, destinationRoutes.redriveUndelivered, { params: { name }, body: { ...which, plan } })

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
  typed: Typed,
  plan?: Plan | Problem,
): Promise<Response> {
  const path = DESTINATIONS.pathOf(name)
  const here = `${path}/send-again`
  const refused = plan !== undefined && 'code' in plan ? plan : undefined
  const problems = (refused && (refused.problems ?? [{ path: '', problem: refused.detail }]))?.map((one) => ({
    ...one,
    path: FIELDS[one.path.replace(/\.\d+$/, '')] ?? '',
  }))
  const { what, source, message } = typed
  const reader = readerOf(c)
  const moment = (field: 'from' | 'to') => momentField(field, typed[field], reader)
  return answerPage(
    c,
    {
      title: `Send again to ${name}`,
      narrow: true,
      back: { href: path, text: name },
      isWrong: refused !== undefined,
    },
    <>
      <p class="lead">
        Events of a time are sent beside new ones, and each keeps its id, so a receiver that knows it drops
        it. What was given up gets all its tries again.
        {message !== '' && (
          <>
            {' '}
            Only events of the message <Shown text={message} max={200} code /> of {source}.
          </>
        )}
      </p>
      {plan !== undefined && !('code' in plan) && (
        <div class="notice good after">
          <p>{plan.says}</p>
          {plan.label !== undefined && (
            <Action
              action={`${path}/${what === GIVEN_UP ? 'redrive' : 'replay'}`}
              fields={plan.fields}
              label={plan.label}
            />
          )}
        </div>
      )}
      <div class="after">
        <Presets path={here} query={new URL(c.req.url).searchParams} />
      </div>
      <Form
        method="get"
        action={here}
        label="Count"
        look={plan !== undefined && refused === undefined ? 'quiet' : undefined}
        back={path}
        typed={typed}
        hidden={{ zone: reader.zone, ...(message !== '' && { source, message }) }}
        problems={problems}
      >
        <Choice
          name="what"
          label="What"
          options={[
            [EVENTS, 'events that were stored in a time'],
            [GIVEN_UP, 'what was given up, all of it or of a time'],
          ]}
        />
        <div class="pair">
          <div>
            <TextField {...moment('from')} label={`From, ${reader.zone}`} />
          </div>
          <div>
            <TextField {...moment('to')} label={`To, ${reader.zone}`} remark="(empty: now)" />
          </div>
        </div>
        <Choices
          name="types"
          label="Only these types, of events of a time"
          hint="None chosen: all that the filter of the destination lets pass."
          options={optionsOf(EVENT_TYPES, eventWord)}
        />
      </Form>
    </>,
    refused && statusOf(refused.code),
  )
}

/** Without a span, the form; with one, or for what was given up, how many it would be. */
export const showAgain = DESTINATIONS.with(async (c, { name }) => {
  const query = new URL(c.req.url).searchParams
  const typed = typedIn(query)
  if (typed.what === GIVEN_UP) {
    const span = spanOf(typed, readerOf(c))
    const plan = await redriven(c, name, span, true)
    return answerAgain(c, name, typed, plan.ok ? redrivePlan(plan.json.redriven, span) : plan)
  }
  if (!query.has('from')) return answerAgain(c, name, typed)
  const plan = await replayed(c, name, typed, true)
  return answerAgain(c, name, typed, plan.ok ? replayPlan(plan.json, typed) : plan)
})

/** The span is fixed here, as that of a replay: as it was typed, it would depend on the zone of the address and on the time of the click. */
const redrivePlan = (count: number, { since = '', until = '' }: Span): Plan => ({
  says: `${count === 1 ? '1 delivery gets' : `${count.toLocaleString('en')} deliveries get`} all tries again.`,
  fields: { from: since, to: until },
  label: count === 0 ? undefined : 'Send them again',
})

/** The span is fixed here: events that come meanwhile are sent anyway. */
function replayPlan(
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

export const replay = DESTINATIONS.with(async (c, { name }) => {
  const typed = typedIn(c.get('form'), EVENTS)
  const started = await replayed(c, name, typed, false)
  if (!started.ok) return answerAgain(c, name, typed, started)
  return started.json.running
    ? DESTINATIONS.leadTo(c, name, 'replaying', started.json.events)
    : DESTINATIONS.leadTo(c, name, 'nothing_replayed')
})

/** One, or all of a span. */
export const redrive = DESTINATIONS.with(async (c, { name }) => {
  const id = c.get('form').get('id')
  const typed = typedIn(c.get('form'), GIVEN_UP)
  const done = await redriven(c, name, id === null ? spanOf(typed, readerOf(c)) : { ids: [id] }, false)
  if (!done.ok) return answerAgain(c, name, typed, done)
  const { redriven: count } = done.json
  return count === 0
    ? DESTINATIONS.leadTo(c, name, 'nothing_redriven')
    : DESTINATIONS.leadTo(c, name, 'redriven', count)
})
