/** Gives dead letters all their tries again: one at once, many after a page that says how many. */
import type { ConsoleContext } from '../../context.ts'
import { redriveUndelivered } from '../../destination-actions.ts'
import { Action } from '../components.tsx'
import { Form } from '../form.tsx'
import { Presets } from '../presets.tsx'
import { DESTINATIONS } from './resource.ts'
import { SpanFields, isProblem, readSpan, typedSpan } from './span.tsx'
import { answerDestination } from './tabs.ts'

/** Empty fields stand for all. */
const ALL = { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER }
const TAB = '/dead-letters'

export const showRedrive = DESTINATIONS.with((c, { name }) =>
  answerRedrive(c, name, new URL(c.req.url).searchParams),
)

async function answerRedrive(c: ConsoleContext, name: string, fields: URLSearchParams): Promise<Response> {
  const context = c.get('context')
  const typed = typedSpan(fields)
  const span = readSpan(typed, ALL, context.nowMs)
  const count = isProblem(span) ? 0 : await redriveUndelivered(context, name, { ids: null, ...span }, true)
  const path = DESTINATIONS.pathOf(name)
  const isWrong = isProblem(span)
  return answerDestination(
    c,
    name,
    'Redrive',
    <>
      <h2>Redrive dead letters</h2>
      {!isWrong && (
        <div class="notice good">
          <p>
            {count === 1 ? '1 delivery gets' : `${count.toLocaleString('en')} deliveries get`} all tries
            again.
          </p>
          {count > 0 && <Action action={`${path}/redrive`} fields={{ ...typed }} label="Redrive them" />}
        </div>
      )}
      <h3 class="after">Only those that were given up in a span of time</h3>
      <Presets path={`${path}/redrive`} query={fields} />
      <Form
        method="get"
        action={`${path}/redrive`}
        label="Count"
        quiet
        back={`${path}${TAB}`}
        problems={isWrong ? [span] : []}
      >
        <SpanFields typed={typed} nowMs={context.nowMs} otherwise="(optional)" />
      </Form>
    </>,
    { isWrong },
  )
}

export const redrive = DESTINATIONS.with(async (c, destination) => {
  const context = c.get('context')
  const form = c.get('form')
  const id = form.get('id')
  const span = id === null ? readSpan(typedSpan(form), ALL, context.nowMs) : ALL
  if (isProblem(span)) return answerRedrive(c, destination.name, form)
  const filter = { ids: id === null ? null : [id], ...span }
  const count = await redriveUndelivered(context, destination.name, filter, false)
  return count === 0
    ? DESTINATIONS.leadTo(c, destination, 'nothing_redriven', undefined, TAB)
    : DESTINATIONS.leadTo(c, destination, 'redriven', count, TAB)
})
