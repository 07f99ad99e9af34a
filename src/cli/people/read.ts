/** Reads all pages of an export. */
import { peopleRoutes } from '../../api/people.ts'
import { type Exported, type ExportPage, addPage, emptyData } from '../../console/people/document.ts'
import type { Api, More } from '../connection/api.ts'

export async function readExport(
  api: Pick<Api, 'call'>,
  address: string,
  more: More,
  progress: (events: number) => void,
): Promise<Exported> {
  const data = emptyData()
  let cursor: string | null = null
  for (;;) {
    const body: { address: string; cursor?: string } = cursor === null ? { address } : { address, cursor }
    const page: ExportPage = await api.call(peopleRoutes.exportPerson, { body, ...more })
    addPage(data, page)
    progress(data.events.length)
    cursor = page.next_cursor
    if (cursor === null) return { ...page, data }
  }
}
