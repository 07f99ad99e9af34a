/** The experts, a row each. All weigh the same but the range of the value itself, which says the most. */
import type { Expert } from '../expert.ts'
import { calm } from './calm.ts'
import { forecast } from './forecast.ts'
import { Prototypes } from './prototypes.ts'
import { record } from './record.ts'
import { shift } from './shift.ts'

interface ExpertRow {
  /** Name in explanations. Its memory is stored under this name too. */
  readonly feature: string
  readonly weight: number
  readonly make: () => Expert
}

export const EXPERTS = [
  { feature: 'range', weight: 3, make: record(({ value }) => value, 1) },
  { feature: 'range_of_short_mean', weight: 1, make: record(({ value }) => value, 0.15) },
  { feature: 'range_of_long_mean', weight: 1, make: record(({ value }) => value, 0.05) },
  { feature: 'range_of_step', weight: 1, make: record(({ step }) => step, 0.05) },
  { feature: 'hour_of_day', weight: 1, make: record(({ fromDay }) => fromDay, 0.15) },
  { feature: 'hour_of_week', weight: 1, make: record(({ fromWeek }) => fromWeek, 0.15) },
  { feature: 'forecast', weight: 1, make: forecast },
  { feature: 'shift', weight: 1, make: shift },
  { feature: 'calm', weight: 1, make: calm },
  { feature: 'shape_of_40_rows', weight: 1, make: () => new Prototypes(8, 5) },
  { feature: 'shape_of_40_rows_coarse', weight: 1, make: () => new Prototypes(4, 10) },
] as const satisfies readonly ExpertRow[]

export type FeatureName = (typeof EXPERTS)[number]['feature']
