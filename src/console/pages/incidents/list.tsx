/** The list of incidents: what is not over comes first. */
import { INCIDENT_STATES, type Incident } from '../../../watch/incidents/incident.ts'
import { SEVERITIES } from '../../../watch/severity.ts'
import { seesAll } from '../../access/actor.ts'
import { CHANNELS } from '../channels/resource.ts'
import { listPage } from '../list-page.tsx'
import { optionsOf } from '../options.ts'
import { sourceFilter } from '../sources/names.ts'
import { useView } from '../view.ts'
import { INCIDENT_COLUMNS } from './columns.tsx'
import { filterOf, readPage } from './read-page.ts'
import { INCIDENTS } from './resource.ts'

export const UNREAD_INCIDENTS = 'The object that keeps incidents did not answer. Load the page again.'

/** Only whoever sees all of them may see who is told. */
const WhoIsTold = () => seesAll(useView().actor) && <a href={CHANNELS.path}>Who is told</a>

export const incidentList = listPage<Incident>({
  path: INCIDENTS.path,
  title: 'Incidents',
  who: 'viewer',
  lead: 'What the watch found. Those that are not over come first.',
  async read(c, query) {
    const found = await readPage(c.get('context'), filterOf(query), query.get('cursor'))
    return { rows: found?.incidents, next: found?.next ?? null, extra: undefined }
  },
  filters: async (c) => [
    { name: 'state', label: 'State', options: optionsOf(INCIDENT_STATES) },
    { name: 'severity', label: 'Severity, and more', options: optionsOf(SEVERITIES) },
    ...(await sourceFilter(c)),
  ],
  unread: UNREAD_INCIDENTS,
  empty: 'Nothing is wrong: the watch has found no incident yet.',
  caption: 'Incidents',
  columns: INCIDENT_COLUMNS,
  Aside: WhoIsTold,
})
