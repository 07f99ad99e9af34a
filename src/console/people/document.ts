/** The export of a person as one document. docs/people.md describes it. */
import { PART_NAMES, type PersonData } from '../../api/person-data.ts'
import { type MailEvent, MailEventSchema } from '../../event/mail-event.ts'
import type { peopleRoutes } from '../../api/people.ts'
import type { AnswerOf } from '../../api/route.ts'

/** One page of an export. */
export type ExportPage = AnswerOf<typeof peopleRoutes.exportPerson>

/** All pages of an export. */
export interface Exported extends Pick<ExportPage, 'address' | 'archive' | 'history_since' | 'key'> {
  readonly data: PersonData
}

/** Data with nothing in any part, to which pages are added. */
export const emptyData = (): PersonData =>
  Object.fromEntries(PART_NAMES.map((name) => [name, []])) as unknown as PersonData

/** Adds a page. */
export function addPage(data: PersonData, page: PersonData): void {
  for (const name of PART_NAMES) (data[name] as unknown[]).push(...page[name])
}

/** A later version only adds fields. */
const VERSION = 1

export interface PersonDocument extends Omit<PersonData, 'events'> {
  readonly type: 'postern-person'
  readonly version: number
  readonly address: string
  readonly exported_at: string
  /** Address of the console. */
  readonly console: string
  /** Since when the database has all events; null if none was ever removed. */
  readonly history_since: string | null
  /** Null if no file of the archive can have events of the person. */
  readonly archive: {
    /** Whether the archived events are among the events. */
    readonly included: boolean
    readonly files: number
    readonly first_day: string | null
    readonly last_day: string | null
  } | null
  /** Of the database and of the archive, each once, newest first. */
  readonly events: readonly MailEvent[]
}

/** @param archived events from files; undefined if they were not read */
export function documentOf(
  { address, archive, history_since, data }: Exported,
  archived: readonly MailEvent[] | undefined,
  console: string,
  nowMs: number,
): PersonDocument {
  const { events, ...parts } = data
  return {
    type: 'postern-person',
    version: VERSION,
    address,
    exported_at: new Date(nowMs).toISOString(),
    console,
    history_since,
    archive:
      archive === null
        ? null
        : {
            included: archived !== undefined,
            files: archive.files,
            first_day: archive.first_day,
            last_day: archive.last_day,
          },
    events: eachOnce([...(archived ?? []), ...events]),
    ...parts,
  }
}

const FIELDS = Object.keys(MailEventSchema.entries) as readonly (keyof MailEvent)[]

/** The last of the same id counts. */
function eachOnce(events: readonly MailEvent[]): MailEvent[] {
  const byId = new Map(events.map((event) => [event.id, event]))
  return [...byId.values()]
    .toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1))
    .map((event) => Object.fromEntries(FIELDS.map((name) => [name, event[name]])) as MailEvent)
}

const timeOf = ({ occurred_at, received_at }: MailEvent): string => occurred_at ?? received_at

/** How many items each part has. */
export const countsOf = (document: PersonDocument): (readonly [string, number])[] =>
  PART_NAMES.map((name) => [name.replaceAll('_', ' '), document[name].length] as const)
