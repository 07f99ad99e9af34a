import { INCIDENT_COLUMNS } from '../incidents/columns.tsx'
import { UNREAD_INCIDENTS } from '../incidents/list.tsx'
import { INCIDENTS } from '../incidents/resource.ts'
import { section } from './section.tsx'

/** Incidents that are not over. */
export const incidents = section({
  id: 'incidents',
  title: 'Incidents',
  lead: 'What the watch found and is not over, newest first.',
  list: (dashboard) => dashboard.incidents,
  unread: UNREAD_INCIDENTS,
  empty: 'Nothing is wrong, as far as the watch knows.',
  more: () => 'There are more in the list of all incidents.',
  caption: 'Incidents',
  columns: INCIDENT_COLUMNS,
  Aside: () => (
    <a class="button" href={INCIDENTS.path}>
      All incidents
    </a>
  ),
})
