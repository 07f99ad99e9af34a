/** `postern people export`: a copy of all that is known of a person, for programs and for reading. */
import { resolve } from 'node:path'
import { type MakeCommand, because, changing } from '../command.ts'
import { progress } from '../out/progress.ts'
import { fields } from '../out/table.ts'
import { UsageError } from '../stop.ts'
import { pulledFiles, readArchived } from './archived.ts'
import { countsOf, documentOf } from '../../console/people/document.ts'
import { htmlOf } from '../../console/people/html.ts'
import { readExport } from './read.ts'
import { writePrivate } from './write-private.ts'

export const exportPerson: MakeCommand = ({ api, io, paint, show }) =>
  changing(
    'export',
    'A copy of all that is known of a person, as JSON and as a page to read. Needs --reason.',
    'postern people export ada@example.com --out ada.json --reason "request 4711"',
  )
    .argument('<ADDRESS>', 'bare or as "Name <name@domain>", in upper or lower case')
    .option('--out <FILE>', 'the JSON; the page to read is beside it as .html. Without it, JSON is printed')
    .option('--dir <DIR>', 'also archived events: the folder of archive pull, brought up to date first')
    .action(async (address, options) => {
      if (options.reason === undefined)
        throw new UsageError('Say with --reason why you read what is personal: it is kept in the audit log.')
      const remoteApi = await api(options)
      const seen = progress(io.terminal, 'Events')
      const found = await readExport(remoteApi, address, because(options), (count) => seen.at(count)).finally(
        () => seen.done(),
      )
      const { archive, key } = found
      const archived =
        options.dir === undefined || archive === null || key === null
          ? undefined
          : await readArchived(await pulledFiles(remoteApi, options.dir, io.terminal), {
              pseudonym: archive.pseudonym,
              key,
              address: found.address,
            })
      const document = documentOf(found, archived, remoteApi.url.origin, io.nowMs())
      if (archive !== null && archived === undefined)
        io.terminal.note(
          `Not complete: archived events of ${archive.first_day} to ${archive.last_day} may be missing. To include them: --dir ./events (it pulls ${archive.files} files first).`,
        )
      if (options.out === undefined) return show({ json: true }, document, () => '')
      const out = resolve(options.out)
      const page = `${out.replace(/\.json$/i, '')}.html`
      await writePrivate(out, `${JSON.stringify(document, null, 2)}\n`)
      await writePrivate(page, htmlOf(document))
      const written = {
        files: [out, page],
        address: document.address,
        counts: Object.fromEntries(countsOf(document)),
      }
      show(options, written, () =>
        [fields(countsOf(document), paint), `Wrote ${out}`, `Wrote ${page}`].join('\n'),
      )
    })
