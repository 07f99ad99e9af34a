/** Pages of incidents. */
import { containmentRoutes } from '../../../api/containments.ts'
import { field } from '../form.tsx'
import type { PageRoute } from '../route.ts'
import { actPages } from './acts.tsx'
import { containPage } from './contain.tsx'
import { showIncident } from './incident.tsx'
import { incidentList } from './list.tsx'
import { INCIDENTS } from './resource.ts'

const lift = INCIDENTS.act(containmentRoutes.liftContainment, 'lifted', (c) => ({
  params: { id: field(c, 'id') },
}))

export const incidentPages: readonly PageRoute[] = [
  { path: `${INCIDENTS.one}/contain`, who: 'operator', kind: 'dialog', ...containPage },
  { path: `${INCIDENTS.one}/lift`, who: 'operator', post: lift },
  ...actPages,
  incidentList.route,
  { path: INCIDENTS.one, who: 'viewer', get: showIncident },
]
