/** Incidents that are over, by the time of their last change. Those that last stay. */
import { removedByObjects } from './steps.ts'

export const incidents = removedByObjects('incidents', async (context) => [context.incidents])
