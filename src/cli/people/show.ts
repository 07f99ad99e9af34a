/** `postern people show`: where a person is. */
import { peopleRoutes } from '../../api/people.ts'
import type { PersonSum } from '../../api/person-data.ts'
import { type MakeCommand, because, changing } from '../command.ts'
import { type Columns, table } from '../out/table.ts'
import { countArchived, pulledFiles } from './archived.ts'

const COLUMNS: Columns<PersonSum> = [
  ['place', ({ place }) => place.replaceAll('_', ' ')],
  ['count', ({ count }) => count ?? 'unknown'],
  ['oldest', ({ since }) => since],
  ['newest', ({ until }) => until],
  'holds',
]

export const show: MakeCommand = ({ api, io, paint, show: print, end }) =>
  changing(
    'show',
    'Where a person is: how much each place has about an address, and of which time. Exit code 1 if nothing is known.',
    'postern people show ada@example.com',
  )
    .argument('<ADDRESS>', 'bare or as "Name <name@domain>", in upper or lower case')
    .option('--dir <DIR>', 'also count archived events: the folder of archive pull, brought up to date first')
    .action(async (address, options) => {
      const remoteApi = await api(options)
      const found = await remoteApi.call(peopleRoutes.showPerson, { body: { address }, ...because(options) })
      const { archive } = found
      let places = found.places
      if (options.dir !== undefined && archive !== null) {
        const files = await pulledFiles(remoteApi, options.dir, io.terminal)
        const archived = await countArchived(files, archive.pseudonym)
        places = places.map((one) => (one.place === 'archive' ? { ...one, ...archived } : one))
        places = places.filter(({ count }) => count !== 0)
      }
      print(options, { ...found, places }, () =>
        places.length === 0 ? 'Nothing is known of this address.' : table(COLUMNS, places, paint),
      )
      if (archive !== null && options.dir === undefined)
        io.terminal.note(
          'The archive may have more: its files tell only here. To count them: --dir ./events (it pulls them first).',
        )
      if (places.length === 0) end('no')
    })
