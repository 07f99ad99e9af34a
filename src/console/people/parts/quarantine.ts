/** Quarantined deliveries that name a person. Nobody could parse them, so one that names others as well is listed without its body. */
import { fromBase64, textOf } from '../../../platform/bytes.ts'
import type { PersonData } from '../../../api/person-data.ts'
import { idsNaming } from '../../../store/erasures/places/people-column.ts'
import { QUARANTINE_PEOPLE } from '../../../store/erasures/places/quarantine.ts'
import { addressesByPerson } from '../../../store/named-people.ts'
import { quarantinedContents, readQuarantine } from '../../../store/quarantine.ts'
import { erasureDeps } from '../deps.ts'
import { type Part, pageOfIds } from './part.ts'

/** Each may be some megabytes. */
const PAGE_ENTRIES = 5

export const quarantine: Part<'quarantine'> = async (context, { index }, after) => {
  const { store } = context
  const all = await idsNaming(erasureDeps(context), QUARANTINE_PEOPLE, index)
  const { items: ids, next } = pageOfIds(all, after, PAGE_ENTRIES)
  const items: PersonData['quarantine'] = []
  for (const id of ids) {
    const entry = await readQuarantine(store, id)
    const contents = (await quarantinedContents(store, [id])).get(id)
    if (entry === undefined || contents === undefined) continue
    const { source, provider, received_at, problem, quarantined } = entry
    const names_others = (await addressesByPerson(store, contents)).size > 1
    // Bytes that are no text stay in base64.
    const body = textOf(fromBase64(quarantined.body) ?? new Uint8Array()) ?? quarantined.body
    items.push({
      id,
      source,
      provider,
      received_at,
      problem,
      names_others,
      body: names_others ? null : body,
    })
  }
  return { items, next }
}
