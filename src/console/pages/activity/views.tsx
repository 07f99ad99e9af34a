/** Views of Activity: a name and what is narrowed. Some are built in, and a cookie keeps those that a person saves. */
import type { FC } from 'hono/jsx'
import type { ConsoleContext } from '../../context.ts'
import { listAddress } from '../address.ts'
import { Action, Hidden } from '../components.tsx'
import { field } from '../form.tsx'
import { notices } from '../notices.ts'
import { cookieIn } from '../preferences.ts'
import { useView } from '../view.ts'
import { ACTIVITY } from './kind.ts'

export interface SavedView {
  readonly name: string
  /** Of the address. */
  readonly query: string
}

const BUILT_IN: readonly SavedView[] = [
  { name: 'Bounces today', query: 'types=email.bounced&from=now/d' },
  { name: 'Hard bounces of the week', query: 'types=email.bounced&bounce=hard&from=now/w' },
  { name: 'Complaints and unsubscribes', query: 'types=email.spam_reported,email.unsubscribed' },
  { name: 'Deferred this hour', query: 'types=email.deferred&from=now/h' },
  { name: 'Signatures that do not fit', query: 'show=refused&code=signature_mismatch' },
  { name: 'Tokens that were used twice', query: 'show=refused&code=token_reused' },
  { name: 'What waits for a mended cause', query: 'show=quarantined' },
]

const COOKIE = 'postern_views'
export const VIEWS_PATH = `${ACTIVITY}/views`
const YEAR_SECONDS = 31_536_000
const VIEWS_MAX = 12
const NAME_MAX_CHARACTERS = 40
/** Browsers keep 4 KB of a cookie (RFC 6265 section 6.1). */
const COOKIE_MAX_CHARACTERS = 3_500

export const VIEW_NOTICES = notices({
  good: { view_saved: 'The view is saved in this browser.', view_removed: 'The view was removed.' },
  bad: {
    view_unnamed: 'Give the view a name.',
    views_full: `This browser keeps ${VIEWS_MAX} views, and no very long ones. Remove one first.`,
  },
})

/** The views that a browser has saved. */
export const savedIn = (cookies: string): readonly SavedView[] =>
  [...new URLSearchParams(cookieIn(cookies, COOKIE))]
    .slice(0, VIEWS_MAX)
    .map(([name, query]) => ({ name, query }))

/** Saves a view, or removes it if the form says so. A view of the same name is replaced. */
export function keepView(c: ConsoleContext): Response {
  const name = field(c, 'name').trim().slice(0, NAME_MAX_CHARACTERS)
  const query = listAddress('', new URLSearchParams(field(c, 'query'))).slice(1)
  const isRemoved = c.get('form').has('remove')
  const others = savedIn(c.req.header('cookie') ?? '').filter((one) => one.name !== name)
  const views = isRemoved ? others : [...others, { name, query }]
  const text = encodeURIComponent(new URLSearchParams(views.map((one) => [one.name, one.query])).toString())
  const back = (notice: Parameters<typeof VIEW_NOTICES.query>[0]) =>
    c.redirect(`${ACTIVITY}?${query === '' ? '' : `${query}&`}${VIEW_NOTICES.query(notice)}`, 303)
  if (name === '') return back('view_unnamed')
  if (views.length > VIEWS_MAX || text.length > COOKIE_MAX_CHARACTERS) return back('views_full')
  c.header(
    'set-cookie',
    `${COOKIE}=${text}; Path=${ACTIVITY}; Max-Age=${YEAR_SECONDS}; HttpOnly; SameSite=Strict`,
  )
  return back(isRemoved ? 'view_removed' : 'view_saved')
}

export const Views: FC<{ query: URLSearchParams; saved: readonly SavedView[] }> = ({ query, saved }) => (
  <details class="menu">
    <summary class="button">Views</summary>
    <div>
      {[...BUILT_IN, ...saved].map((view) => (
        <div class="buttons">
          <a href={`${ACTIVITY}?${view.query}`}>
            <bdi>{view.name}</bdi>
          </a>
          {saved.includes(view) && (
            <Action
              action={VIEWS_PATH}
              label="Remove"
              on={view.name}
              fields={{ name: view.name, query: listAddress('', query).slice(1), remove: '' }}
              quiet
            />
          )}
        </div>
      ))}
      <form method="post" action={VIEWS_PATH} class="buttons">
        <Hidden fields={{ form_token: useView().formToken, query: listAddress('', query).slice(1) }} />
        <label class="visually-hidden" for="view-name">
          Name of this view
        </label>
        <input id="view-name" name="name" maxlength={NAME_MAX_CHARACTERS} placeholder="Name of this view" />
        <button type="submit">Save</button>
      </form>
    </div>
  </details>
)
