/** The list of incidents: what is not over comes first. */
import type { FC } from 'hono/jsx'
import { INCIDENT_STATES } from '../../../watch/incidents/incident.ts'
import { SEVERITIES } from '../../../watch/severity.ts'
import { seesAll } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerPage } from '../answer.tsx'
import { CHANNELS } from '../channels/resource.ts'
import { List } from '../components.tsx'
import { INCIDENT_COLUMNS } from './columns.tsx'
import { type ListFilter, filterOf, readPage } from './read-page.ts'
import { INCIDENTS } from './resource.ts'

export const UNREAD_INCIDENTS = 'The object that keeps incidents did not answer. Load the page again.'

export async function showIncidents(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const query = new URL(c.req.url).searchParams
  const filter = filterOf(query)
  const found = await readPage(context, filter, query.get('cursor'))
  return answerPage(
    c,
    { title: 'Incidents', aside: <a href={INCIDENTS.path}>Refresh</a> },
    <>
      <p class="lead">
        What the watch found. Those that are not over come first.{' '}
        {seesAll(context.actor) && <a href={CHANNELS.path}>Channels tell people about them.</a>}
      </p>
      <Filter filter={filter} />
      <List
        caption="Incidents"
        columns={INCIDENT_COLUMNS}
        rows={found?.incidents}
        unread={UNREAD_INCIDENTS}
        empty="There is no such incident."
        more={found?.next && <a href={olderPath(filter, found.next)}>Older incidents</a>}
      />
    </>,
  )
}

const Filter: FC<{ filter: ListFilter }> = ({ filter: { state, severity, source } }) => (
  <form method="get" action={INCIDENTS.path} class="filters">
    <Choice id="state" label="State" any="all" options={INCIDENT_STATES} chosen={state} />
    <Choice id="severity" label="Severity, and more" any="all" options={SEVERITIES} chosen={severity} />
    <div>
      <label for="source">Source</label>
      <input
        id="source"
        name="source"
        type="text"
        autocomplete="off"
        spellcheck={false}
        value={source ?? ''}
      />
    </div>
    <button type="submit" class="quiet">
      Show
    </button>
  </form>
)

interface ChoiceProps {
  readonly id: string
  readonly label: string
  /** The option that narrows nothing. */
  readonly any: string
  readonly options: readonly string[]
  readonly chosen: string | null
}

const Choice: FC<ChoiceProps> = ({ id, label, any, options, chosen }) => (
  <div>
    <label for={id}>{label}</label>
    <select id={id} name={id}>
      <option value="">{any}</option>
      {options.map((one) => (
        <option value={one} selected={one === chosen}>
          {one}
        </option>
      ))}
    </select>
  </div>
)

function olderPath(filter: ListFilter, cursor: string): string {
  const query = new URLSearchParams({ cursor })
  for (const [name, value] of Object.entries(filter)) if (value !== null) query.set(name, String(value))
  return `${INCIDENTS.path}?${query.toString()}`
}
