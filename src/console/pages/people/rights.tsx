/** Rights of a person: where data about them is, a copy of it, and its end. */
import type { FC } from 'hono/jsx'
import type { PersonSum } from '../../../api/person-data.ts'
import type { ConsoleContext } from '../../context.ts'
import { historyWords } from '../../messages/history.ts'
import type { SoughtPerson } from '../../people/parts.ts'
import { showPerson } from '../../people/show.ts'
import { answerPage } from '../answer.tsx'
import { Action, type Column, List, Part, Said, Shown, When } from '../components.tsx'
import { personPath } from './person.tsx'

export const RightsPart: FC<{ person: SoughtPerson }> = ({ person: { index } }) => (
  <Part
    id="rights"
    title="Rights of the person"
    lead="Each of these is a line in the audit log, which does not name the address."
  >
    <div class="buttons">
      <Action action={`${personPath(index)}/places`} label="Where is data about this person?" quiet />
      <a class="button" href={`${personPath(index)}/export`}>
        Export a copy
      </a>
      <a class="button" href={`${personPath(index)}/erase`}>
        Erase
      </a>
    </div>
  </Part>
)

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
