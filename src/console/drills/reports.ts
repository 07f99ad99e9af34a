/** Reports of drills in the backups bucket: each as JSON and, beside it, as Markdown. */
import {
  DrillIdSchema,
  type DrillOutline,
  DrillOutlineSchema,
  type DrillReport,
  DrillReportSchema,
} from '../../api/drills.ts'
import { idOf } from '../backups/id.ts'
import { reportsIn } from '../backups/outlines.ts'
import type { RequestContext } from '../request-context.ts'
import { reportText } from './report-text.ts'

export const DRILLS_FOLDER = 'drills/'

export const drillReports = reportsIn(DRILLS_FOLDER, {
  id: DrillIdSchema,
  outline: DrillOutlineSchema,
  report: DrillReportSchema,
})

/** Stores a report. It counts in the registry only once it is in the bucket. */
export async function keepReport(context: RequestContext, report: DrillReport): Promise<DrillOutline> {
  const { figures: _figures, checks: _checks, ...rest } = report
  const outline: DrillOutline = { id: `${idOf(context.nowMs)}-${report.kind}`, ...rest }
  await context.backups.put(`${DRILLS_FOLDER}${outline.id}.md`, reportText(report))
  await drillReports.put(context, outline, report)
  await context.registry.drills.record(outline.id, report, context.who)
  return outline
}
