/** Gives dead letters all their tries again: one at once, many after a page that says how many. */
import type { ConsoleContext } from '../../context.ts'
import { redriveUndelivered } from '../../destination-actions.ts'
import { answerPage } from '../answer.tsx'
import { Action } from '../components.tsx'
import { Form } from '../form.tsx'
import { DESTINATIONS } from './resource.ts'
import { SpanFields, readSpan, typedSpan } from './span.tsx'

/** Empty fields stand for all. */
const ALL = { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER }

export const showRedrive = DESTINATIONS.with((c, { name }) =>
  answerRedrive(c, name, new URL(c.req.url).searchParams),
)

async function answerRedrive(c: ConsoleContext, name: string, fields: URLSearchParams): Promise<Response> {
  const typed = { ...typedSpan(fields) }
  const span = readSpan(typed, ALL)
  const problem = typeof span === 'string' ? span : undefined
  const count =
    typeof span === 'string'
      ? 0
      : await redriveUndelivered(c.get('context'), name, { ids: null, ...span }, true)
  const path = DESTINATIONS.pathOf(name)
  return answerPage(
    c,
    { title: 'Redrive dead letters', narrow: true },
    <>
      <p class="soft">Destination {name}</p>
      {problem === undefined && (
        <div class="notice good">
          <p>
            {count === 1 ? '1 delivery gets' : `${count.toLocaleString('en')} deliveries get`} all tries
            again.
          </p>
          {count > 0 && <Action action={`${path}/redrive`} fields={typed} label="Redrive them" />}
        </div>
      )}
      <h2 class="after">Only those of a time</h2>
      <Form
        method="get"
        action={`${path}/redrive`}
        label="Count"
        quiet
        back={path}
        typed={typed}
        problem={problem}
      >
        <SpanFields />
      </Form>
    </>,
    problem === undefined ? 200 : 422,
  )
}

export const redrive = DESTINATIONS.with(async (c, destination) => {
  const form = c.get('form')
  const id = form.get('id')
  const span = id === null ? readSpan(typedSpan(form), ALL) : ALL
  if (typeof span === 'string') return answerRedrive(c, destination.name, form)
  const filter = { ids: id === null ? null : [id], ...span }
  const count = await redriveUndelivered(c.get('context'), destination.name, filter, false)
  return count === 0
    ? DESTINATIONS.leadTo(c, destination, 'nothing_redriven')
    : DESTINATIONS.leadTo(c, destination, 'redriven', count)
})
