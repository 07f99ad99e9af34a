/** Incidents: texts that operators wrote. */
import type { Place } from './place.ts'

export const incidents: Place = {
  name: 'incidents',
  stored: ['Incidents incidents'],
  holds: 'addresses that operators wrote into notes and reviews; new ones are masked',
  erasing: 'The address of the person becomes [erased] in notes and reviews.',
  count: async (context, person) => ({
    count: await context.incidents.forgetPerson(person, true),
    firstMs: null,
    lastMs: null,
  }),
  async erase(context, person) {
    await context.incidents.forgetPerson(person, false)
    return true
  },
}
