/** Reads all pages of an export. */
import { peopleRoutes } from '../../api/people.ts'
import { PART_NAMES, type PersonData } from '../../api/person-data.ts'
import type { AnswerOf } from '../../api/route.ts'
import type { Api, More } from '../connection/api.ts'

type Page = AnswerOf<typeof peopleRoutes.exportPerson>

export interface Exported extends Pick<Page, 'address' | 'archive' | 'history_since' | 'key'> {
  readonly data: PersonData
}

export async function readExport(
  api: Pick<Api, 'call'>,
  address: string,
  more: More,
  progress: (events: number) => void,
): Promise<Exported> {
  const data = Object.fromEntries(PART_NAMES.map((name) => [name, []])) as unknown as PersonData
  let cursor: string | null = null
  for (;;) {
    const body: { address: string; cursor?: string } = cursor === null ? { address } : { address, cursor }
    const page: Page = await api.call(peopleRoutes.exportPerson, { body, ...more })
    for (const name of PART_NAMES) (data[name] as unknown[]).push(...page[name])
    progress(data.events.length)
    cursor = page.next_cursor
    if (cursor === null) return { ...page, data }
  }
}
