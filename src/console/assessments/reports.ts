/** Reports of assessments in the backups bucket. */
import {
  type Assessment,
  AssessmentIdSchema,
  type AssessmentOutline,
  AssessmentOutlineSchema,
  AssessmentSchema,
  SEVERITIES,
} from '../../api/assessments.ts'
import { idOf } from '../backups/id.ts'
import { reportsIn } from '../backups/outlines.ts'
import { note } from '../note.ts'
import type { RequestContext } from '../request-context.ts'

export const assessmentReports = reportsIn('assessments/', {
  id: AssessmentIdSchema,
  outline: AssessmentOutlineSchema,
  report: AssessmentSchema,
})

export async function keepAssessment(
  context: RequestContext,
  report: Assessment,
): Promise<AssessmentOutline> {
  const { gateway, started_at, findings, probes } = report
  const outline: AssessmentOutline = {
    id: idOf(context.nowMs),
    gateway,
    started_at,
    findings: findings.length,
    worst: SEVERITIES.findLast((one) => findings.some(({ severity }) => severity === one)) ?? null,
    probes: probes.length,
    not_done: probes.filter(({ outcome }) => outcome === 'not_done').length,
  }
  await note(context, 'assessment.recorded', `assessment/${outline.id}`, { findings: findings.length })
  await assessmentReports.put(context, outline, report)
  return outline
}
