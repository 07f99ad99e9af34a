/** One person: whether the address may be written to, events, and rights. */
import { listEvents } from '../../../store/events.ts'
import type { StoredEvent } from '../../../store/stored-event.ts'
import { visibleText } from '../../../platform/visible.ts'
import type { ConsoleContext } from '../../context.ts'
import type { SoughtPerson } from '../../people/parts.ts'
import { answered } from '../../request-context.ts'
import { answerPage } from '../answer.tsx'
import { Action, type Column, List, Nothing, Part, Shown } from '../components.tsx'
import { EVENT_COLUMNS } from '../activity/accepted.tsx'
import { Pages, fromCursor } from '../list-page.tsx'
import { messagePath } from '../delivery/paths.ts'
import type { PageRoute } from '../route.ts'
import { showErase, eraseThis } from './erase.tsx'
import { exportPage } from './export.tsx'
import { personPath, withPerson } from './person.tsx'
import { showPlaces } from './places.tsx'
import {
  ChangeNotice,
  MayBeWrittenTo,
  WhyNot,
  liftPage,
  bouncesPart,
  liftingsPart,
  readSuppression,
  suppressForm,
  suppressThisAgain,
} from './suppression.tsx'

const ROWS = 50

/** All events are of the same recipient, so their message stands in its place. */
const COLUMNS: readonly Column<StoredEvent>[] = EVENT_COLUMNS.map((column) =>
  column.label === 'Who'
    ? { label: 'Message', kind: 'address', cell: (event) => <MessageLink {...event} /> }
    : column,
)

const MessageLink = ({ source, message_id: id }: StoredEvent) =>
  id === null ? (
    <Nothing />
  ) : (
    <div class="cut" title={visibleText(id, 200)}>
      <a href={messagePath(source, id)}>
        <Shown text={id} max={80} code />
      </a>
    </div>
  )

async function showPerson(c: ConsoleContext, person: SoughtPerson): Promise<Response> {
  const context = c.get('context')
  const query = new URL(c.req.url).searchParams
  const [page, suppression, liftings, bounces] = await Promise.all([
    fromCursor(query, (at) =>
      answered(context, 'events', () => {
        const cursor = at.get('cursor') ?? undefined
        return listEvents(context.store, { recipient: person.address, limit: ROWS, cursor }, context.nowMs)
      }),
    ),
    readSuppression(c, person),
    liftingsPart(c, person),
    bouncesPart(c, person),
  ])
  const path = personPath(person.index)
  const isSuppressed = (suppression?.reasons.length ?? 0) > 0
  return answerPage(
    c,
    {
      title: 'Person',
      heading: <Shown text={person.address} max={320} />,
      beside: <MayBeWrittenTo suppression={suppression} />,
      back: { href: '/suppressions', text: 'Suppressions' },
      aside: (
        <div class="buttons">
          {RIGHTS.map(([verb, words]) => (
            <a class="button" href={`${path}/${verb}`} data-open="dialog">
              {words}
            </a>
          ))}
          <Action action={`${path}/places`} label="Where is data about this person?" quiet />
          <a class="button primary" href={`${path}/${isSuppressed ? 'lift' : 'suppress'}`} data-open="dialog">
            {isSuppressed ? 'Lift the suppression' : 'Suppress'}
          </a>
        </div>
      ),
    },
    <>
      <ChangeNotice person={person} query={query} />
      {suppression && <WhyNot person={person} suppression={suppression} />}
      <Part id="events" title="Events">
        <List
          isDense
          caption="Events of this person"
          columns={COLUMNS}
          rows={page?.events}
          unread="The store did not answer."
          empty="No event is stored."
          more={<Pages path={path} query={query} next={page?.next_cursor ?? null} />}
        />
      </Part>
      {bounces}
      {liftings}
    </>,
  )
}

/** Each is a line in the audit log, which does not name the address. */
const RIGHTS = [
  ['export', 'Export a copy'],
  ['erase', 'Erase'],
] as const

const operator = { who: 'operator', allSources: true } as const
const dialog = { ...operator, kind: 'dialog' } as const
const ONE = '/people/:person'

export const peoplePages: readonly PageRoute[] = [
  { ...operator, path: ONE, get: withPerson(showPerson) },
  { ...dialog, path: `${ONE}/suppress`, ...suppressForm(withPerson) },
  { ...dialog, path: `${ONE}/lift`, ...liftPage },
  { ...operator, path: `${ONE}/suppress-again`, post: withPerson(suppressThisAgain) },
  { ...operator, path: `${ONE}/places`, post: withPerson(showPlaces) },
  { ...dialog, path: `${ONE}/export`, ...exportPage },
  {
    ...dialog,
    path: `${ONE}/erase`,
    get: withPerson((c, person) => showErase(c, person)),
    post: withPerson(eraseThis),
  },
]
