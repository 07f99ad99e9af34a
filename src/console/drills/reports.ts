/** Reports of drills in the backups bucket: each as JSON and, beside it, as Markdown. */
import * as v from 'valibot'
import {
  DrillIdSchema,
  type DrillOutline,
  DrillOutlineSchema,
  type DrillReport,
  DrillReportSchema,
} from '../../api/drills.ts'
import { parseJsonText } from '../../platform/json.ts'
import { idOf } from '../backups/id.ts'
import { outlinesIn, withOutline } from '../backups/outlines.ts'
import type { RequestContext } from '../request-context.ts'
import { reportText } from './report-text.ts'

export const DRILLS_FOLDER = 'drills/'

type Backups = Pick<RequestContext, 'backups'>

/** Newest first. */
export const listReports = async ({ backups }: Backups): Promise<DrillOutline[]> =>
  (await outlinesIn(backups, DRILLS_FOLDER)).filter((one) => v.is(DrillOutlineSchema, one))

/** Null if there is none of this id. */
export async function readReport({ backups }: Backups, id: string): Promise<DrillReport | null> {
  const object = v.is(DrillIdSchema, id) ? await backups.get(`${DRILLS_FOLDER}${id}.json`) : null
  const report = object === null ? null : parseJsonText(await object.text())
  return v.is(DrillReportSchema, report) ? report : null
}

/** Stores a report. It counts in the registry only once it is in the bucket. */
export async function keepReport(context: RequestContext, report: DrillReport): Promise<DrillOutline> {
  const { figures: _figures, checks: _checks, ...rest } = report
  const outline: DrillOutline = { id: `${idOf(context.nowMs)}-${report.kind}`, ...rest }
  await context.backups.put(`${DRILLS_FOLDER}${outline.id}.md`, reportText(report))
  await context.backups.put(
    `${DRILLS_FOLDER}${outline.id}.json`,
    JSON.stringify(report),
    withOutline(outline),
  )
  await context.registry.drills.record(outline.id, report, context.who)
  return outline
}
