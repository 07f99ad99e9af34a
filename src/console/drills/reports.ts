/** Reports of drills in the backups bucket: each as JSON and, beside it, as Markdown. */
import {
  type DrillOutline,
  type DrillReport,
  isDrillId,
  isDrillOutline,
  isDrillReport,
} from '../../api/drills.ts'
import { parseJsonText } from '../../platform/json.ts'
import { idOf } from '../backups/id.ts'
import { outlinesIn, withOutline } from '../backups/outlines.ts'
import type { RequestContext } from '../request-context.ts'
import { reportText } from './report-text.ts'

const DRILLS_FOLDER = 'drills/'

/** Stores a report. It counts in the registry only once it is in the bucket. */
export async function keepReport(
  { registry, backups, who, nowMs }: Pick<RequestContext, 'registry' | 'backups' | 'who' | 'nowMs'>,
  report: DrillReport,
): Promise<DrillOutline> {
  const { figures: _figures, checks: _checks, ...rest } = report
  const outline: DrillOutline = { id: `${idOf(nowMs)}-${report.kind}`, ...rest }
  await backups.put(`${DRILLS_FOLDER}${outline.id}.md`, reportText(report))
  await backups.put(`${DRILLS_FOLDER}${outline.id}.json`, JSON.stringify(report), withOutline(outline))
  await registry.drills.record(outline.id, report, who)
  return outline
}

/** Newest first. */
export const listReports = async ({ backups }: Pick<RequestContext, 'backups'>): Promise<DrillOutline[]> =>
  (await outlinesIn(backups, DRILLS_FOLDER)).filter(isDrillOutline)

/** Null if there is none of this id. */
export async function readReport(
  { backups }: Pick<RequestContext, 'backups'>,
  id: string,
): Promise<DrillReport | null> {
  const object = isDrillId(id) ? await backups.get(`${DRILLS_FOLDER}${id}.json`) : null
  const report = object === null ? null : parseJsonText(await object.text())
  return isDrillReport(report) ? report : null
}
