/** The result of an assessment: a contract, since reports are kept and compared. */
import * as v from 'valibot'
import { SEVERITIES } from './severity.ts'

const FindingSchema = v.object({
  probe: v.string(),
  subject: v.nullable(v.string()),
  title: v.string(),
  severity: v.picklist(SEVERITIES),
  evidence: v.string(),
  remedy: v.string(),
})
export type Finding = v.InferOutput<typeof FindingSchema>

export const ReportSchema = v.object({
  version: v.literal(1),
  gateway: v.string(),
  console: v.nullable(v.string()),
  started_at: v.string(),
  seconds: v.number(),
  requests: v.number(),
  /** The worst first. */
  findings: v.array(FindingSchema),
  probes: v.array(
    v.object({
      id: v.string(),
      title: v.string(),
      outcome: v.picklist(['passed', 'found', 'not_done']),
      /** Why it was not done; else null. */
      reason: v.nullable(v.string()),
    }),
  ),
  /** Temporary things that could not be removed, each with what to do. */
  left_behind: v.array(v.string()),
})
export type Report = v.InferOutput<typeof ReportSchema>
export type ProbeResult = Report['probes'][number]
