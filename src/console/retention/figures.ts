/** Figures: hourly counters and deliverability. They name no person, so only a hold of a source keeps its own. */
import { COUNTED_MAX } from '../../api/retention.ts'
import { allForgotten } from '../../platform/forgotten.ts'
import { FIGURES, countOldFigures, removeOldFigures } from '../../store/old-rows.ts'
import type { Kind, Part } from './kind.ts'
import { repeated } from './steps.ts'

const STEP_ROWS = 2_000

const part: Part = {
  setting: 'figures',
  look: async ({ store }, limits) =>
    allForgotten(
      await Promise.all(FIGURES.map((figure) => countOldFigures(store, figure, limits, COUNTED_MAX))),
    ),
  async *forget({ store }, limits) {
    for (const figure of FIGURES)
      yield* repeated(STEP_ROWS, () => removeOldFigures(store, figure, limits, STEP_ROWS))
  },
}

export const figures: Kind = { kind: 'figures', holds: 'by source', parts: [part] }
