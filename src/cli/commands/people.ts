/** `postern people`: what is known of a person, a copy of it, and its end. */
import { peopleRoutes } from '../../api/people.ts'
import { noun } from '../command.ts'
import { certificate } from '../people/certificate.ts'
import { erase } from '../people/erase.ts'
import { exportPerson } from '../people/export.ts'
import { show } from '../people/show.ts'
import { PAGED, list } from '../request.ts'

export const people = noun(
  show,
  exportPerson,
  erase,
  certificate,
  list({
    name: 'erasures',
    summary: 'Erasures of people, newest first. They name nobody.',
    example: 'postern people erasures',
    route: peopleRoutes.listErasures,
    columns: [
      'number',
      'state',
      'erased_at',
      ['keeps_suppression', ({ keeps_suppression: keeps }) => (keeps ? 'kept' : 'not kept')],
      'person',
    ],
    ...PAGED,
  }),
)
