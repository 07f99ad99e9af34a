/** Plans the beginning and the end of a containment: a new version of the source without another change, so that gateways load it. */
import type { Json } from '../../platform/json.ts'
import { toInstant } from '../../platform/time.ts'
import type { Plan } from '../owners/plan.ts'
import type { SourceConfig } from '../sources/document.ts'
import type { StoredSource } from '../sources/source-tables.ts'
import type { Began, ContainmentTables } from './containment-tables.ts'

/** @param before what it replaces: the same containment with an earlier end */
export function planBegin(
  { name, config, secrets }: StoredSource,
  containments: ContainmentTables,
  before: Began | undefined,
  next: Began,
  nowMs: number,
): Plan<SourceConfig> {
  return {
    ok: true,
    next: { config, secrets },
    version: null,
    draft: {
      action: 'containment.began',
      target: `source/${name}`,
      before: before === undefined ? null : recordOf(before),
      after: recordOf(next),
    },
    also: () => containments.write(next, nowMs),
  }
}

export function planLift(
  { name, config, secrets }: StoredSource,
  containments: ContainmentTables,
  lasting: Began,
  by: string,
  nowMs: number,
): Plan<SourceConfig> {
  return {
    ok: true,
    next: { config, secrets },
    version: null,
    draft: {
      action: 'containment.lifted',
      target: `source/${name}`,
      before: recordOf(lasting),
      after: null,
    },
    also: () => containments.write({ ...lasting, liftedAtMs: nowMs, liftedBy: by }, nowMs),
  }
}

const recordOf = ({ id, measure, endsAtMs, incident }: Began): Json => ({
  id,
  ...measure,
  ends_at: toInstant(endsAtMs),
  incident,
})
