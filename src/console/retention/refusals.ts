/** Refusals: the samples and the counts that the refusal log keeps. */
import { removedByObjects } from './steps.ts'

export const refusals = removedByObjects('refusals', async ({ refusalLog }) => [refusalLog])
