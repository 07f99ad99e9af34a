/** Gives dead letters all their tries again: one at once, many after a page that says how many. */
import type { ConsoleContext } from '../../../context.ts'
import { redriveUndelivered } from '../../../destination-actions.ts'
import { answerPage } from '../../answer.tsx'
import { Action } from '../../components.tsx'
import { formTokenOf } from '../../secret-components.tsx'
import { leadBack, withDestination } from '../found.ts'
import { destinationPath } from '../path.ts'
import { Problem, SpanFields, readSpan, typedSpan } from './span.tsx'

/** Empty fields stand for all. */
const ALL = { sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER }

export const showRedrive = withDestination((c, { name }) =>
  answerRedrive(c, name, new URL(c.req.url).searchParams),
)

async function answerRedrive(c: ConsoleContext, name: string, fields: URLSearchParams): Promise<Response> {
  const typed = typedSpan(fields)
  const span = readSpan(typed, ALL)
  const isWrong = typeof span === 'string'
  const count = isWrong ? 0 : await redriveUndelivered(c.get('context'), name, { ids: null, ...span }, true)
  const path = destinationPath(name)
  return answerPage(
    c,
    { title: 'Redrive dead letters · Postern' },
    <div class="narrow">
      <h1>Redrive dead letters</h1>
      <p class="soft">Destination {name}</p>
      <Problem text={isWrong ? span : undefined} />
      {isWrong ? (
        ''
      ) : (
        <div class="notice good">
          <p>
            {count === 1 ? '1 delivery gets' : `${count.toLocaleString('en')} deliveries get`} all tries
            again.
          </p>
          {count === 0 ? (
            ''
          ) : (
            <Action
              action={`${path}/redrive`}
              formToken={await formTokenOf(c)}
              fields={{ ...typed }}
              label="Redrive them"
            />
          )}
        </div>
      )}
      <h2 class="after">Only those of a time</h2>
      <form method="get" action={`${path}/redrive`} class="stacked">
        <SpanFields typed={typed} optional isWrong={isWrong} />
        <div class="buttons">
          <button type="submit" class="quiet">
            Count
          </button>
          <a href={path}>Cancel</a>
        </div>
      </form>
    </div>,
    isWrong ? 422 : 200,
  )
}

export const redrive = withDestination(async (c, destination) => {
  const form = c.get('form')
  const id = form.get('id')
  const span = id === null ? readSpan(typedSpan(form), ALL) : ALL
  if (typeof span === 'string') return answerRedrive(c, destination.name, form)
  const filter = { ids: id === null ? null : [id], ...span }
  const count = await redriveUndelivered(c.get('context'), destination.name, filter, false)
  return count === 0
    ? leadBack(c, destination, 'nothing_redriven')
    : leadBack(c, destination, 'redriven', count)
})
