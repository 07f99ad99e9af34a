/** A containment in answers. */
import { instantOrNull, toInstant } from '../../platform/time.ts'
import type { Containment } from '../../registry/containment/containment.ts'

export const containmentAnswer = ({ measure, ...one }: Containment) => ({
  id: one.id,
  source: one.source,
  action: measure.action,
  network: measure.action === 'block' ? measure.network : null,
  level: measure.action === 'raise_level' ? measure.level : null,
  slot: measure.action === 'rotate' ? measure.slot : null,
  started_at: toInstant(one.startedAtMs),
  ends_at: toInstant(one.endsAtMs),
  lifted_at: instantOrNull(one.liftedAtMs),
  incident: one.incident,
  by: one.by,
})
