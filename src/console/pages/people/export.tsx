/** A copy of all that is known of a person, as a page to read or as JSON: the same files as the command writes. */
import { type ExportPage, addPage, documentOf, emptyData } from '../../people/document.ts'
import { exportPerson } from '../../people/export.ts'
import { htmlOf } from '../../people/html.ts'
import type { SoughtPerson } from '../../people/parts.ts'
import type { RequestContext } from '../../request-context.ts'
import { answerFile } from '../answer.tsx'
import { Shown } from '../components.tsx'
import { formRoute } from '../form-route.tsx'
import { Choice, Reason, reasonIn } from '../form.tsx'
import { personPath, withPerson } from './person.tsx'

/** All of it is in memory at once. The command has no such limit. */
const EVENTS_MAX = 10_000

const TOO_MANY = {
  path: '',
  problem: `There are more than ${EVENTS_MAX.toLocaleString('en')} events. Take the command: postern people export.`,
}

const FORMATS = [
  ['html', 'A page to read'],
  ['json', 'JSON, for programs'],
] as const

/** A file keeps the name on the machine of the operator, so it has no address. */
const nameOf = ({ index }: SoughtPerson): string => `person-${index.slice(0, 8)}`

export const exportPage = formRoute({
  of: withPerson,
  shown: ({ address, index }) => ({
    title: 'Export a copy',
    label: 'Download',
    isDownload: true,
    back: [personPath(index), 'Person'],
    lead: (
      <>
        All that this deployment has about <Shown text={address} max={320} />: events, suppressions,
        deliveries to destinations, quarantine and dead letters. Read it before you hand it over: an ESP may
        have written other people’s addresses into it.
      </>
    ),
    before: (
      <p class="soft">
        Events in the archive are not in it: the copy says so. To include them:{' '}
        <code>postern people export ADDRESS --dir ./events --out FILE</code>
      </p>
    ),
  }),
  values: () => ({ format: 'html' }),
  Fields: () => (
    <>
      <Choice name="format" label="As" options={FORMATS} />
      <Reason required />
    </>
  ),
  async save(c, person, { format }) {
    if (reasonIn(c) === '') return [{ path: 'reason', problem: 'Say why you read what is personal.' }]
    const context = c.get('context')
    const exported = await readAll(context, person.address)
    if (exported === undefined) return [TOO_MANY]
    const document = documentOf(exported, undefined, context.consoleUrl, context.nowMs)
    const [text, type, ending] =
      format === 'json'
        ? [`${JSON.stringify(document, null, 2)}\n`, 'application/json', 'json']
        : [htmlOf(document), 'text/html', 'html']
    return answerFile(c, `${nameOf(person)}.${ending}`, type, text)
  },
})

/** @returns undefined if it is too much for one answer */
async function readAll(context: RequestContext, address: string) {
  const data = emptyData()
  let cursor: string | undefined
  for (;;) {
    const page: ExportPage = await exportPerson(context, address, cursor)
    addPage(data, page)
    if (data.events.length > EVENTS_MAX) return undefined
    if (page.next_cursor === null) return { ...page, data }
    cursor = page.next_cursor
  }
}
