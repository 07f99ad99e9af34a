/** Places with data about a person. */
import type { PersonSum } from '../../../api/person-data.ts'
import type { ConsoleContext } from '../../context.ts'
import { historyWords } from '../../messages/history.ts'
import type { SoughtPerson } from '../../people/parts.ts'
import { showPerson } from '../../people/show.ts'
import { answerPage } from '../answer.tsx'
import { type Column, List, Said, Shown, When } from '../components.tsx'
import { personPath } from './person.tsx'

const COLUMNS: readonly Column<PersonSum>[] = [
  { label: 'Place', cell: ({ place }) => place.replaceAll('_', ' ') },
  {
    label: 'Entries',
    kind: 'number',
    cell: ({ count }) => (count === null ? 'only its files know' : count.toLocaleString('en')),
  },
  { label: 'Oldest', cell: ({ since }) => <When at={since} /> },
  { label: 'Newest', cell: ({ until }) => <When at={until} /> },
  { label: 'What it holds', kind: 'long', cell: ({ holds }) => holds },
]

/** Posted, since it writes a line into the audit log. */
export async function showPlaces(c: ConsoleContext, { address, index }: SoughtPerson): Promise<Response> {
  const { places, history_since: since } = await showPerson(c.get('context'), address)
  return answerPage(
    c,
    { title: 'Where data about a person is', back: { href: personPath(index), text: 'Person' } },
    <>
      <p class="lead">
        <Shown text={address} max={320} />. {since !== null && <Said text={historyWords(since)} />}
      </p>
      <List
        caption="Places with data about this person"
        columns={COLUMNS}
        rows={places}
        empty="No place has data about this person."
      />
    </>,
  )
}
