/**
 * Search: one field for whatever names a thing. It is posted, so that no address stands in a URL: a person's page has the blind index of
 * the address in its path.
 */
import type { FC } from 'hono/jsx'
import { readAddress } from '../../api/address.ts'
import { REQUEST_ID } from '../../platform/ids.ts'
import { toInstant } from '../../platform/time.ts'
import { type EventQuery, listEvents } from '../../store/events.ts'
import type { StoredEvent } from '../../store/stored-event.ts'
import { providerTitle } from '../../providers/facts.ts'
import { type Actor, mayEverywhere, sees, seesAll } from '../access/actor.ts'
import type { ConsoleContext } from '../context.ts'
import { OPEN_STATES, listIncidents } from '../incidents.ts'
import { eventWord } from '../messages/events.ts'
import { explainRefusal } from '../messages/refusals.ts'
import { type RequestContext, answered } from '../request-context.ts'
import { answerPage } from './answer.tsx'
import { ACTIVITY, segment } from './activity/kind.ts'
import { CHANNELS } from './channels/resource.ts'
import { type Column, Facts, Shown, Table } from './components.tsx'
import { DESTINATIONS, NEW_DESTINATION } from './destinations/resource.ts'
import { type Group, type Hit, hitsIn } from './findable.ts'
import { field } from './form.tsx'
import { INCIDENTS, isIncidentNumber } from './incidents/resource.ts'
import { deliveryPath, messagePath } from './delivery/paths.ts'
import { NAVIGATION, type Place, shownTo } from './navigation.ts'
import type { PageRoute } from './route.ts'
import { NEW_SOURCE, SOURCES } from './sources/resource.ts'

const SEARCH_MAX_CHARACTERS = 1_000

const isOperator = (actor: Actor): boolean => mayEverywhere(actor, 'operator')
const isAdmin = (actor: Actor): boolean => mayEverywhere(actor, 'admin')

const ACTIONS: readonly Place[] = [
  { text: 'Add a source', href: NEW_SOURCE, isShownTo: isOperator },
  { text: 'Add a destination', href: NEW_DESTINATION, isShownTo: isOperator },
  { text: 'Suppress an address', href: '/suppressions/new', isShownTo: isOperator },
  { text: 'Check whether I may write to an address', href: '/suppressions/check', isShownTo: isOperator },
  { text: 'Import suppressions', href: '/suppressions/import', isShownTo: isOperator },
  { text: 'Erase a person', href: '/erasures/new', isShownTo: isOperator },
  { text: 'Make a token', href: '/access/tokens/new', isShownTo: isAdmin },
  { text: 'Change what is kept how long', href: '/retention/edit', isShownTo: isAdmin },
  { text: 'See the version, to upgrade', href: '/system#health', isShownTo: seesAll },
  { text: 'Change look, theme and time zone', href: '/look' },
]

/** Parts of a page that have a name of their own. */
const SECTIONS: readonly Place[] = (
  [
    ['Health', seesAll],
    ['Retention', seesAll],
    ['Archive', seesAll],
    ['Backups', isAdmin],
    ['Drills', seesAll],
    ['Configuration', isAdmin],
  ] as const
).map(([text, isShownTo]) => ({ text, href: `/system#${text.toLowerCase()}`, isShownTo }))

/** The browser sends its form. */
const LOG_OUT: Group = { kind: 'Action', base: '', rows: [['Log out', '', '/logout']] }

/** Of each kind. The field finds the others by their whole name. */
const NAMED_MAX = 300

/** Things with a name that the reader may know. Parts that do not answer have none. */
async function namedThings(context: RequestContext): Promise<readonly Group[]> {
  const { actor, registry } = context
  const ofAll = <T,>(list: () => Promise<T[]>) => (seesAll(actor) ? answered(context, 'registry', list) : [])
  const [sources, destinations, channels, incidents] = await Promise.all([
    answered(context, 'registry', () => registry.sources.list()),
    ofAll(() => registry.destinations.list()),
    ofAll(() => registry.channels.list()),
    listIncidents(context, { states: OPEN_STATES, limit: 20 }),
  ])
  const isChanger = mayEverywhere(actor, 'operator')
  const linked = (kind: string, places: readonly Place[]): Group => ({
    kind,
    base: '',
    rows: shownTo(actor, places).map(({ text, href }) => [text, '', href]),
  })
  return [
    {
      kind: 'Source',
      base: `${SOURCES.path}/`,
      rows: (sources ?? [])
        .filter(({ name }) => sees(actor, name))
        .map(({ name, config }) => [name, providerTitle(config.provider)]),
      also: [['Secrets of', '/settings#secrets']],
    },
    {
      kind: 'Destination',
      base: `${DESTINATIONS.path}/`,
      rows: (destinations ?? []).map(({ name }) => [name]),
      also: isChanger ? [['Test', '/test']] : [],
    },
    {
      kind: 'Channel',
      base: `${CHANNELS.path}/`,
      rows: (channels ?? []).map(({ name, config }) => [name, config.kind]),
    },
    {
      kind: 'Incident',
      base: `${INCIDENTS.path}/`,
      rows: (incidents ?? []).map(({ number, headline }) => [
        `Incident ${number}`,
        headline.slice(0, 80),
        String(number),
      ]),
    },
    linked('Page', [
      ...new Map(
        [...NAVIGATION.flatMap(({ tabs = [], ...entry }) => [entry, ...tabs]), ...SECTIONS].map((one) => [
          one.href,
          one,
        ]),
      ).values(),
    ]),
    linked('Action', ACTIONS),
  ]
}

async function showPalette(c: ConsoleContext): Promise<Response> {
  const groups = await namedThings(c.get('context'))
  return c.json([...groups.map((one) => ({ ...one, rows: one.rows.slice(0, NAMED_MAX) })), LOG_OUT])
}

/** Events and refusals that are looked through for the beginning of an id, newest first. */
const LOOKED_THROUGH = 200
/** Fewer characters are the beginning of too many ids. */
const ID_MIN_CHARACTERS = 6
const HITS_MAX = 25

const eventHit = (event: StoredEvent): Hit => ({
  kind: 'Event',
  name: event.message_id ?? event.id,
  hint: `${eventWord(event.type)}, ${event.source}`,
  href: deliveryPath(event.id),
})

/** Newest events and refusals with an id that begins with the text, and refusals of a network that does. */
async function newestHits(context: RequestContext, text: string): Promise<readonly Hit[]> {
  const { store, refusalLog, nowMs } = context
  const isNetwork = /^[0-9a-f.:]+(?:\/\d+)?$/i.test(text) && /[.:]/.test(text)
  if (text.length < ID_MIN_CHARACTERS) return []
  const [, time] = /^([0-9a-f]{12})[0-9a-f]{0,32}$/.exec(text) ?? []
  const timeMs = time === undefined ? undefined : Number.parseInt(time, 16)
  const span = timeMs === undefined ? {} : { since: toInstant(timeMs), until: toInstant(timeMs + 1) }
  const [page, refusals] = await Promise.all([
    answered(context, 'events', () => listEvents(store, { ...span, limit: LOOKED_THROUGH }, nowMs)),
    answered(context, 'refusals', () => refusalLog.latest({ limit: LOOKED_THROUGH })),
  ])
  const begins = (id: string | null): boolean => id?.startsWith(text) ?? false
  const events = (page?.events ?? []).filter(
    ({ id, message_id, security }) => begins(id) || begins(message_id) || begins(security.request_id),
  )
  const networks = Map.groupBy(
    (refusals ?? []).filter(({ network }) => isNetwork && begins(network)),
    ({ network }) => network ?? '',
  )
  return [
    ...events.map(eventHit),
    ...[...networks].map(([network, { length }]) => ({
      kind: 'Network',
      name: network,
      hint: `${length} of the newest refusals`,
      href: `${segment('refused')}&${new URLSearchParams({ network }).toString()}`,
    })),
    ...(refusals ?? [])
      .filter(({ requestId }) => begins(requestId))
      .map((one) => ({
        kind: 'Refused',
        name: one.requestId,
        hint: explainRefusal(one),
        href: deliveryPath(one.requestId),
      })),
  ]
}

/** The page that a text names as a whole; undefined if nothing known has this name. */
async function pageOf(c: ConsoleContext, text: string): Promise<string | undefined> {
  const context = c.get('context')
  const [, number = ''] = /^(?:incident\s*)?#?([0-9]+)$/i.exec(text) ?? []
  if (isIncidentNumber(number)) return INCIDENTS.pathOf(number)
  if (REQUEST_ID.test(text)) return deliveryPath(text)
  if (EVENT_ID.test(text)) return deliveryPath(text)
  // Before people: ids of messages have the form of addresses.
  const message = await oneEvent(context, { message_id: text })
  if (message !== undefined) return messagePath(message.source, text)
  const address = readAddress(text)
  if (address !== undefined)
    return isOperator(context.actor) ? `/people/${await context.store.people.indexOf(address)}` : undefined
  const campaign = await oneEvent(context, { campaign_id: text })
  return campaign && `${ACTIVITY}?${new URLSearchParams({ campaign: text }).toString()}`
}

const EVENT_ID = /^[0-9a-f]{44}$/

async function oneEvent(
  { store, nowMs }: RequestContext,
  query: Pick<EventQuery, 'message_id' | 'campaign_id'>,
): Promise<StoredEvent | undefined> {
  const { events } = await listEvents(store, { ...query, limit: 1 }, nowMs)
  return events[0]
}

/** Meanings of the text: those that have it as their whole name, if there are any. */
async function hitsOf(c: ConsoleContext, text: string): Promise<readonly Hit[]> {
  const context = c.get('context')
  const named = hitsIn(
    (await namedThings(context)).map(({ kind, base, rows }) => ({ kind, base, rows })),
    text,
  )
  const whole = named.filter(({ name }) => name.toLowerCase() === text.toLowerCase())
  if (whole.length > 0) return whole
  const href = await pageOf(c, text)
  if (href !== undefined) return [{ kind: '', name: text, hint: '', href }]
  return [...named, ...(await newestHits(context, text))].slice(0, HITS_MAX)
}

async function search(c: ConsoleContext): Promise<Response> {
  const text = field(c, 'q').slice(0, SEARCH_MAX_CHARACTERS)
  if (text === '') return showSearch(c)
  const hits = await hitsOf(c, text)
  const [first, second] = hits
  if (first !== undefined && second === undefined) return c.redirect(first.href, 303)
  if (first !== undefined)
    return answerPage(c, { title: 'Search' }, <Table caption="Found" columns={HITS} rows={hits} />)
  const isForbidden = readAddress(text) !== undefined && !isOperator(c.get('context').actor)
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

const HITS: readonly Column<Hit>[] = [
  {
    label: 'Name',
    cell: ({ name, href }) => (
      <a href={href}>
        <Shown text={name} max={80} />
      </a>
    ),
  },
  { label: 'Kind', cell: ({ kind }) => kind },
  { label: 'About', kind: 'long', cell: ({ hint }) => <Shown text={hint} max={200} /> },
]

const showSearch = (c: ConsoleContext): Promise<Response> =>
  answerPage(c, { title: 'Search' }, <Searchable />)

const EXAMPLES = [
  ['shop', 'a source, destination, channel or page, by the beginning of its name or of a word'],
  ['ada@example.com', 'a person: events, suppression, messages'],
  ['0100018f-0a1b-…', 'a message, by any id that the ESP gave it'],
  ['req_4f1c…', 'a delivery, by its request id'],
  ['spring-sale', 'a campaign, as the ESP names it'],
  ['019af2c31b42…', 'an event, by its id'],
  ['198.51.100.0/24', 'what was refused from a network'],
  ['42', 'an incident, by its number'],
] as const

const Searchable: FC = () => (
  <>
    <p class="lead">The field above finds, of ids the beginning among the newest:</p>
    <Facts rows={EXAMPLES.map(([example, finds]) => [<code>{example}</code>, finds])} />
  </>
)

export const searchPages: readonly PageRoute[] = [
  { path: '/search', kind: 'dialog', who: 'viewer', get: showSearch, post: search },
  { path: '/palette.json', kind: 'part', who: 'viewer', get: showPalette },
]
