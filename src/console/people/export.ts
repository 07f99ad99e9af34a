/** All that is known of a person, page by page. */
import { PART_NAMES, type PartName, type PersonData } from '../../api/person-data.ts'
import { toBase64 } from '../../platform/bytes.ts'
import { HOUR_MS } from '../../platform/time.ts'
import { CursorMalformed } from '../../store/cursor.ts'
import { historySince } from '../../store/history.ts'
import { openCursor, sealCursor } from '../../store/sealed-cursor.ts'
import { note } from '../note.ts'
import type { RequestContext } from '../request-context.ts'
import { emptyData } from './document.ts'
import { PARTS } from './places.ts'
import type { SoughtPerson } from './parts.ts'
import { archivedOf, keyOf, soughtPerson } from './person.ts'

/** A page ends with the part in which it has so many. */
const PAGE_ITEMS = 500

const READ_MAX_MS = 6 * HOUR_MS

const PURPOSE = 'person-export'

/** Where an export is. Its cursor is sealed, so that only who began it goes on without a new line in the audit log. */
interface Exporting {
  readonly actor: string
  readonly person: string
  readonly beganMs: number
  readonly part: PartName
  readonly after: string | null
}

/** @throws {CursorMalformed} */
export async function exportPerson(context: RequestContext, address: string, cursor: string | undefined) {
  const { store } = context
  const person = await soughtPerson(context, address)
  const from = cursor === undefined ? await begin(context, person) : await goOn(context, person, cursor)
  const key = await keyOf(store, person)
  const { found, next } = await read(context, person, from)
  return {
    address: person.address,
    archive: await archivedOf(context, key),
    history_since: await historySince(store),
    key: key === undefined ? null : toBase64(key),
    ...found,
    next_cursor: next === undefined ? null : await sealCursor(store, PURPOSE, next),
  }
}

/** The only line of all pages, before the first of them leaves. */
async function begin(context: RequestContext, person: SoughtPerson): Promise<Exporting> {
  await note(context, 'person.exported', `person/${person.index}`)
  const { actor, nowMs } = context
  return {
    actor: actor.actor,
    person: person.index,
    beganMs: nowMs,
    part: PART_NAMES[0] ?? 'events',
    after: null,
  }
}

async function goOn(
  { store, actor, nowMs }: RequestContext,
  person: SoughtPerson,
  cursor: string,
): Promise<Exporting> {
  const from = await openCursor<Exporting>(store, PURPOSE, cursor)
  if (from.actor !== actor.actor || from.person !== person.index || nowMs - from.beganMs > READ_MAX_MS)
    throw new CursorMalformed('the cursor is of another export')
  return from
}

async function read(
  context: RequestContext,
  person: SoughtPerson,
  from: Exporting,
): Promise<{ readonly found: PersonData; readonly next: Exporting | undefined }> {
  const found = emptyData()
  let { after } = from
  let items = 0
  for (const part of PART_NAMES.slice(PART_NAMES.indexOf(from.part))) {
    if (items >= PAGE_ITEMS) return { found, next: { ...from, part, after } }
    const page = await PARTS[part](context, person, after)
    ;(found[part] as unknown[]).push(...page.items)
    items += page.items.length
    if (page.next !== null) return { found, next: { ...from, part, after: page.next } }
    after = null
  }
  return { found, next: undefined }
}
