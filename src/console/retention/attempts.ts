/** Attempts of destinations. */
import { removedByObjects } from './steps.ts'

export const attempts = removedByObjects('attempts', async ({ registry, destinations }) => {
  const all = await registry.destinations.list()
  return all.map(({ name }) => destinations.getByName(name))
})
