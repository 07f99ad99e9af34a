/** Handlers of drills. */
import { drillRoutes } from '../../api/drills.ts'
import { problem } from '../../api/problem.ts'
import { keepReport, listReports, readReport } from '../drills/reports.ts'
import { answer, bindRoutes } from './route.ts'

export const drills = bindRoutes(drillRoutes, {
  listDrills: async (_input, context) => answer({ drills: await listReports(context) }),

  recordDrill: async ({ body }, context) => answer(await keepReport(context, body), 201),

  async getDrill({ params: { id } }, context) {
    const report = await readReport(context, id)
    return report === null
      ? problem('drill_unknown', 'There is no report of this id.')
      : answer({ id, ...report })
  },
})
