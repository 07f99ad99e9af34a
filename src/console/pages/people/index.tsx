/** One person: events, and whether the address may be written to. */
import { listEvents } from '../../../store/events.ts'
import type { StoredEvent } from '../../../store/stored-event.ts'
import { visibleText } from '../../../platform/visible.ts'
import type { ConsoleContext } from '../../context.ts'
import type { SoughtPerson } from '../../people/parts.ts'
import { answered } from '../../request-context.ts'
import { answerPage } from '../answer.tsx'
import { type Column, List, Nothing, Part, Shown } from '../components.tsx'
import { EVENT_COLUMNS } from '../events/columns.tsx'
import { Pages, fromCursor } from '../list-page.tsx'
import { messagePath } from '../delivery/paths.ts'
import type { PageRoute } from '../route.ts'
import { showErase, eraseThis } from './erase.tsx'
import { exportPage } from './export.tsx'
import { personPath, withPerson } from './person.tsx'
import { RightsPart, showPlaces } from './rights.tsx'
import {
  ChangeNotice,
  SuppressionPart,
  liftThis,
  readSuppression,
  suppressThis,
  suppressThisAgain,
} from './suppression.tsx'

const ROWS = 50

/** All events are of the same recipient, so their message stands in its place. */
const COLUMNS: readonly Column<StoredEvent>[] = EVENT_COLUMNS.map((column) =>
  column.label === 'Recipient'
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

const PARTS = [
  { id: 'suppression', title: 'May it be written to?' },
  { id: 'events', title: 'Events' },
  { id: 'rights', title: 'Rights of the person' },
]

async function showPerson(c: ConsoleContext, person: SoughtPerson): Promise<Response> {
  const context = c.get('context')
  const query = new URL(c.req.url).searchParams
  const [page, suppression] = await Promise.all([
    fromCursor(query, (at) =>
      answered(context, 'events', () => {
        const cursor = at.get('cursor') ?? undefined
        return listEvents(context.store, { recipient: person.address, limit: ROWS, cursor }, context.nowMs)
      }),
    ),
    readSuppression(c, person),
  ])
  const path = personPath(person.index)
  return answerPage(
    c,
    {
      title: 'Person',
      heading: <Shown text={person.address} max={320} />,
      back: { href: '/events', text: 'Events' },
      parts: PARTS,
    },
    <>
      <ChangeNotice person={person} query={query} />
      <SuppressionPart person={person} {...suppression} />
      <Part id="events" title="Events">
        <List
          caption="Events of this person"
          columns={COLUMNS}
          rows={page?.events}
          unread="The store did not answer."
          empty="No event is stored."
          more={<Pages path={path} query={query} next={page?.next_cursor ?? null} />}
        />
      </Part>
      <RightsPart person={person} />
    </>,
  )
}

const operator = { who: 'operator', allSources: true } as const
const ONE = '/people/:person'

export const peoplePages: readonly PageRoute[] = [
  { ...operator, path: ONE, get: withPerson(showPerson) },
  { ...operator, path: `${ONE}/suppress`, post: withPerson(suppressThis) },
  { ...operator, path: `${ONE}/lift`, post: withPerson(liftThis) },
  { ...operator, path: `${ONE}/suppress-again`, post: withPerson(suppressThisAgain) },
  { ...operator, path: `${ONE}/places`, post: withPerson(showPlaces) },
  { ...operator, path: `${ONE}/export`, ...exportPage },
  {
    ...operator,
    path: `${ONE}/erase`,
    get: withPerson((c, person) => showErase(c, person)),
    post: withPerson(eraseThis),
  },
]
