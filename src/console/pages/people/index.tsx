/** One person: events and suppression. The path has the blind index of the address, so no address stands in a URL. */
import { fromHex, toHex } from '../../../platform/bytes.ts'
import { listEvents } from '../../../store/events.ts'
import { findSuppression } from '../../../store/suppressions.ts'
import { wrappedKeyOf } from '../../../store/keys.ts'
import type { ConsoleContext } from '../../context.ts'
import { answered } from '../../request-context.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { List, Part, Shown } from '../components.tsx'
import { EVENT_COLUMNS } from '../events/columns.tsx'
import { Pages } from '../list-page.tsx'
import type { PageRoute } from '../route.ts'
import { SuppressionReasons } from '../suppressions/reasons.tsx'

const ROWS = 50

async function showPerson(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const { store, nowMs } = context
  const index = toHex(fromHex(c.req.param('person') ?? '') ?? new Uint8Array())
  const wrapped = await wrappedKeyOf(store, index)
  const person = await store.people.find(index, wrapped ?? '')
  if (person === undefined)
    return answerNotice(
      c,
      404,
      'Nothing is known',
      'No event and no suppression names this address, or the person was erased.',
    )
  const query = new URL(c.req.url).searchParams
  const [page, suppression] = await Promise.all([
    answered(context, 'events', () =>
      listEvents(
        store,
        { recipient: person.address, limit: ROWS, cursor: query.get('cursor') ?? undefined },
        nowMs,
      ),
    ),
    answered(context, 'suppressions', async () => (await findSuppression(store, person.address)) ?? null),
  ])
  return answerPage(
    c,
    {
      title: 'Person',
      heading: <Shown text={person.address} max={320} />,
      back: { href: '/events', text: 'Events' },
    },
    <>
      <Part id="suppression" title="May this address be written to?">
        {suppression === undefined ? (
          <p class="empty">The store did not answer.</p>
        ) : suppression === null ? (
          <p class="notice good">Yes: it is not suppressed.</p>
        ) : (
          <>
            <p class="notice warn">No: it is suppressed.</p>
            <SuppressionReasons reasons={suppression.reasons} />
          </>
        )}
      </Part>
      <Part id="events" title="Events">
        <List
          caption="Events of this person"
          columns={EVENT_COLUMNS}
          rows={page?.events}
          unread="The store did not answer."
          empty="No event is stored."
          more={<Pages path={`/people/${index}`} query={query} next={page?.next_cursor ?? null} />}
        />
      </Part>
    </>,
  )
}

export const peoplePages: readonly PageRoute[] = [
  { path: '/people/:person', who: 'operator', allSources: true, get: showPerson },
]
