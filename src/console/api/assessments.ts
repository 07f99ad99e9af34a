/** Handlers of assessments. */
import { assessmentRoutes } from '../../api/assessments.ts'
import { problem } from '../../api/problem.ts'
import { assessmentReports, keepAssessment } from '../assessments/reports.ts'
import { answer, bindRoutes } from './route.ts'

export const assessments = bindRoutes(assessmentRoutes, {
  listAssessments: async (_input, context) => answer({ assessments: await assessmentReports.list(context) }),

  recordAssessment: async ({ body }, context) => answer(await keepAssessment(context, body), 201),

  async getAssessment({ params: { id } }, context) {
    const report = await assessmentReports.read(context, id)
    return report === null
      ? problem('assessment_unknown', 'There is no report of this id.')
      : answer({ id, ...report })
  },
})
