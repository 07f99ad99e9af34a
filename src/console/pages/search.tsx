/**
 * Search: one field for whatever names a thing. It is posted, so that no address stands in a URL: a person's page has the blind index of
 * the address in its path.
 */
import type { FC } from 'hono/jsx'
import { readAddress } from '../../api/address.ts'
import { REQUEST_ID } from '../../platform/ids.ts'
import { type EventQuery, listEvents } from '../../store/events.ts'
import type { StoredEvent } from '../../store/stored-event.ts'
import { mayEverywhere, sees } from '../access/actor.ts'
import type { ConsoleContext } from '../context.ts'
import { type RequestContext, answered } from '../request-context.ts'
import { answerPage } from './answer.tsx'
import { Facts, Shown } from './components.tsx'
import { field } from './form.tsx'
import { INCIDENTS, isIncidentNumber } from './incidents/resource.ts'
import { messagePath } from './messages/path.ts'
import type { PageRoute } from './route.ts'
import { SOURCES } from './sources/resource.ts'

const SEARCH_MAX_CHARACTERS = 1_000

/** The page that a text names; undefined if nothing known has this name. */
async function pageOf(c: ConsoleContext, text: string): Promise<string | undefined> {
  const context = c.get('context')
  const { actor, store, registry } = context
  const [, number = ''] = /^(?:incident\s*)?#?([0-9]+)$/i.exec(text) ?? []
  if (isIncidentNumber(number)) return INCIDENTS.pathOf(number)
  if (REQUEST_ID.test(text)) return `/requests/${encodeURIComponent(text)}`
  if (EVENT_ID.test(text)) return `/events/${text}`
  // Before people: ids of messages have the form of addresses.
  const message = await oneEvent(context, { message_id: text })
  if (message !== undefined) return messagePath(message.source, text)
  const address = readAddress(text)
  if (address !== undefined)
    return mayEverywhere(actor, 'operator') ? `/people/${await store.people.indexOf(address)}` : undefined
  if (sees(actor, text)) {
    const source = await answered(context, 'registry', () => registry.sources.find(text))
    if (source !== null && source !== undefined) return SOURCES.pathOf(text)
  }
  const campaign = await oneEvent(context, { campaign_id: text })
  return campaign && `/events?${new URLSearchParams({ campaign: text }).toString()}`
}

const EVENT_ID = /^[0-9a-f]{44}$/

async function oneEvent(
  { store, nowMs }: RequestContext,
  query: Pick<EventQuery, 'message_id' | 'campaign_id'>,
): Promise<StoredEvent | undefined> {
  const { events } = await listEvents(store, { ...query, limit: 1 }, nowMs)
  return events[0]
}

async function search(c: ConsoleContext): Promise<Response> {
  const text = field(c, 'q').slice(0, SEARCH_MAX_CHARACTERS)
  if (text === '') return showSearch(c)
  const found = await pageOf(c, text)
  if (found !== undefined) return c.redirect(found, 303)
  const isForbidden = readAddress(text) !== undefined && !mayEverywhere(c.get('context').actor, 'operator')
  return answerPage(
    c,
    { title: 'Nothing found' },
    <>
      <p class="notice warn" role="status">
        {isForbidden ? (
          'No message has this id. To find a person takes the role operator, and a token for all sources.'
        ) : (
          <>
            Nothing has the name <Shown text={text} max={200} />, as far as the newest events tell.
          </>
        )}
      </p>
      <Searchable />
    </>,
    404,
  )
}

const showSearch = (c: ConsoleContext): Promise<Response> =>
  answerPage(c, { title: 'Search' }, <Searchable />)

const EXAMPLES = [
  ['ada@example.com', 'a person: events, suppression, messages'],
  ['0100018f-0a1b-…', 'a message, by any id that the ESP gave it'],
  ['req_4f1c…', 'a delivery, by its request id'],
  ['spring-sale', 'a campaign, as the ESP names it'],
  ['019af2c31b42…', 'an event, by its whole id'],
  ['shop', 'a source'],
  ['42', 'an incident, by its number'],
] as const

const Searchable: FC = () => (
  <>
    <p class="lead">The field above finds:</p>
    <Facts rows={EXAMPLES.map(([example, finds]) => [<code>{example}</code>, finds])} />
  </>
)

export const searchPages: readonly PageRoute[] = [
  { path: '/search', who: 'viewer', get: showSearch, post: search },
]
