/**
 * Search: one field for whatever names a thing. It is posted, so that no address stands in a URL: a person's page has the blind index of
 * the address in its path.
 */
import type { FC } from 'hono/jsx'
import { readAddress } from '../../api/address.ts'
import { REQUEST_ID } from '../../platform/ids.ts'
import { may, sees, seesAll } from '../access/actor.ts'
import type { ConsoleContext } from '../context.ts'
import { answered } from '../request-context.ts'
import { answerPage } from './answer.tsx'
import { field } from './form.tsx'
import { INCIDENTS, isIncidentNumber } from './incidents/resource.ts'
import type { PageRoute } from './route.ts'
import { SOURCES } from './sources/resource.ts'

const SEARCH_MAX_CHARACTERS = 1_000

/** The page that a text names; undefined if it may be an id of a message or of a campaign, which only a list of events can tell. */
async function pageOf(c: ConsoleContext, text: string): Promise<string | undefined> {
  const context = c.get('context')
  const { actor, store, registry } = context
  const [, number = ''] = /^(?:incident\s*)?#?([0-9]+)$/i.exec(text) ?? []
  if (isIncidentNumber(number)) return INCIDENTS.pathOf(number)
  if (REQUEST_ID.test(text)) return `/requests/${encodeURIComponent(text)}`
  const address = readAddress(text)
  if (address !== undefined && !text.startsWith('<') && may(actor, 'operator') && seesAll(actor))
    return `/people/${await store.people.indexOf(address)}`
  if (!sees(actor, text)) return undefined
  const source = await answered(context, 'registry', () => registry.sources.find(text))
  return source === null || source === undefined ? undefined : SOURCES.pathOf(text)
}

async function search(c: ConsoleContext): Promise<Response> {
  const text = field(c, 'q').slice(0, SEARCH_MAX_CHARACTERS)
  if (text === '') return showSearch(c)
  const found = await pageOf(c, text)
  return c.redirect(found ?? `/events?${new URLSearchParams({ message: text }).toString()}`, 303)
}

const showSearch = (c: ConsoleContext): Promise<Response> =>
  answerPage(c, { title: 'Search' }, <Searchable />)

const EXAMPLES = [
  ['ada@example.com', 'a person: events, suppression, messages'],
  ['0100018f-0a1b-…', 'a message, by any id that the ESP gave it'],
  ['req_4f1c…', 'a delivery, by its request id'],
  ['shop', 'a source'],
  ['42', 'an incident, by its number'],
] as const

const Searchable: FC = () => (
  <>
    <p class="lead">The field above finds:</p>
    <dl class="facts">
      {EXAMPLES.map(([example, finds]) => (
        <>
          <dt>
            <code>{example}</code>
          </dt>
          <dd>{finds}</dd>
        </>
      ))}
    </dl>
  </>
)

export const searchPages: readonly PageRoute[] = [
  { path: '/search', who: 'viewer', get: showSearch, post: search },
]
