/** The list of incidents: what is not over comes first. */
import type { FC } from 'hono/jsx'
import { INCIDENT_STATES } from '../../../watch/incidents/incident.ts'
import { SEVERITIES } from '../../../watch/severity.ts'
import { seesAll } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerPage } from '../answer.tsx'
import { CHANNELS_PATH } from '../channels/path.ts'
import { Empty, Table } from '../components.tsx'
import { columns } from './columns.tsx'
import { INCIDENTS_PATH } from './path.ts'
import { type ListFilter, type ListPage, filterOf, readPage } from './read-page.ts'

export async function showIncidents(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const query = new URL(c.req.url).searchParams
  const filter = filterOf(query)
  const found = await readPage(context, filter, query.get('cursor'))
  return answerPage(
    c,
    { title: 'Incidents · Postern', corner: <a href={INCIDENTS_PATH}>Refresh</a> },
    <>
      <p>
        <a href="/">Back to the console</a>
      </p>
      <h1>Incidents</h1>
      <p class="lead">
        What the watch found. Those that are not over come first.{' '}
        {seesAll(context.actor) ? <a href={CHANNELS_PATH}>Channels tell people about them.</a> : ''}
      </p>
      <Filter filter={filter} />
      <Found found={found} filter={filter} nowMs={context.nowMs} />
    </>,
  )
}

const Filter: FC<{ filter: ListFilter }> = ({ filter: { state, severity, source } }) => (
  <form method="get" action={INCIDENTS_PATH} class="filters">
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

const Found: FC<{ found: ListPage | undefined; filter: ListFilter; nowMs: number }> = ({
  found,
  filter,
  nowMs,
}) => {
  if (found === undefined)
    return <Empty>The object that keeps incidents did not answer. Load the page again.</Empty>
  if (found.incidents.length === 0) return <Empty>There is no such incident.</Empty>
  return (
    <>
      <Table caption="Incidents" columns={columns(nowMs)} rows={found.incidents} />
      {found.next === null ? (
        ''
      ) : (
        <p class="more">
          <a href={`${INCIDENTS_PATH}?${queryOf(filter, found.next)}`}>Older incidents</a>
        </p>
      )}
    </>
  )
}

function queryOf(filter: ListFilter, cursor: string): string {
  const query = new URLSearchParams({ cursor })
  for (const [name, value] of Object.entries(filter)) if (value !== null) query.set(name, String(value))
  return query.toString()
}
