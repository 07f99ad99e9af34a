/** The retention document: for how many days each thing is kept, and what is held beyond that. */
import * as v from 'valibot'
import { described } from '../../platform/described.ts'
import { EVENT_TYPES, type EventType } from '../../event/mail-event.ts'
import { type DocumentProblem, parseDocument } from '../../platform/document-problems.ts'
import { isObject } from '../../platform/json.ts'
import { rfc3339Ms } from '../../platform/time.ts'
import {
  SETTING_NAMES,
  type SettingRow,
  RETENTION_SETTINGS,
  type RetentionSetting,
  settingRow,
} from './kinds.ts'

/** A hold is for a case. Each night reads all of them. */
const HOLDS_MAX = 100

const days = v.pipe(v.number(), v.integer())

const setting = (row: SettingRow) =>
  described(
    v.optional(v.nullable(days), row.defaultDays),
    `Days for which ${row.things} are kept: ${row.minDays} to ${row.maxDays}` +
      `${row.isEndless ? ', or null: until their other bounds remove them' : ''}.`,
  )

const settings = Object.fromEntries(
  SETTING_NAMES.map((name) => [name, setting(settingRow(name))]),
) as unknown as Readonly<Record<RetentionSetting, ReturnType<typeof setting>>>

/** One word with an @ in it, so that the audit log finds it in every text. */
const ADDRESS = /^[^\s@＠()<>[\]",;:/?&%]{1,64}@[^\s@＠()<>[\]"',;:/?&%]{1,255}$/u

const HoldSchema = v.strictObject({
  source: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(64))),
  person: v.optional(
    v.pipe(
      v.string(),
      v.regex(ADDRESS, 'Must be an email address.'),
      v.description('An email address. It is stored encrypted.'),
    ),
  ),
  reason: v.pipe(v.string(), v.minLength(1), v.maxLength(500)),
  since: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => rfc3339Ms(text) !== undefined, 'Must be an RFC 3339 time with a time zone.'),
      v.description('When the hold began. Default: now, or as before.'),
    ),
  ),
})

const byType = described(
  v.optional(v.record(v.picklist(EVENT_TYPES), v.nullable(days)), {}),
  'Days for events of a type, where they differ from "events".',
)

/** Without holds, which belong to one deployment: as in a configuration file. */
export const RetentionSettingsSchema = v.strictObject({ ...settings, events_by_type: byType })
export type RetentionSettings = v.InferOutput<typeof RetentionSettingsSchema>

export const RetentionDocumentSchema = v.strictObject({
  ...RetentionSettingsSchema.entries,
  holds: described(
    v.optional(v.pipe(v.array(HoldSchema), v.maxLength(HOLDS_MAX))),
    'What the nightly task does not remove. Absent: holds stay as they are.',
  ),
})

/** A hold of a source or of a person: one of them is null. */
export interface Hold {
  readonly source: string | null
  /** Address, normalized. */
  readonly person: string | null
  readonly reason: string
  readonly sinceMs: number
}

export const DEFAULT_SETTINGS: RetentionSettings = v.parse(RetentionSettingsSchema, {})

export type ReadRetention =
  | { readonly ok: true; readonly settings: RetentionSettings; readonly holds: readonly Hold[] }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] }

/**
 * Checks a document as a whole: every problem at once, never a value.
 *
 * @param before holds so far: they stay if the document has none, and one that it repeats keeps its beginning
 */
export function readRetention(document: unknown, before: readonly Hold[], nowMs: number): ReadRetention {
  // valibot takes an empty list for an object.
  if (!isObject(document)) return { ok: false, problems: [{ path: '', problem: 'Must be an object.' }] }
  const parsed = parseDocument(RetentionDocumentSchema, document)
  const problems = [...(parsed.ok ? [] : parsed.problems), ...daysProblems(document)]
  const given = parsed.ok ? parsed.output.holds : undefined
  problems.push(...holdProblems(given ?? []))
  if (!parsed.ok || problems.length > 0) return { ok: false, problems }
  const { holds, ...kept } = parsed.output
  return {
    ok: true,
    settings: kept,
    holds: holds?.map((hold) => holdOf(hold, before, nowMs)) ?? before,
  }
}

/** Days of events of one type. */
export const daysOfType = ({ events, events_by_type: byType }: RetentionSettings, type: EventType) =>
  byType[type] === undefined ? events : byType[type]

/** Days after which no event is left, of any type; null if those of some type stay without end. */
export function longestEventDays(settings: RetentionSettings): number | null {
  const days = EVENT_TYPES.map((type) => daysOfType(settings, type))
  return days.includes(null) ? null : Math.max(...days.map(Number))
}

/** Problems of numbers of days: outside of their bounds, or less than for backups. */
function daysProblems(document: Readonly<Record<string, unknown>>): DocumentProblem[] {
  const one = (path: string, name: RetentionSetting, value: unknown): DocumentProblem[] => {
    const problem = dayProblem(settingRow(name), value)
    return problem === undefined ? [] : [{ path, problem }]
  }
  const given = isObject(document['events_by_type']) ? document['events_by_type'] : {}
  return [
    ...SETTING_NAMES.flatMap((name) => one(name, name, document[name])),
    ...EVENT_TYPES.flatMap((type) =>
      Object.hasOwn(given, type) ? one(`events_by_type.${type}`, 'events', given[type]) : [],
    ),
    ...longerInBackups(document),
  ]
}

function dayProblem(row: SettingRow, value: unknown): string | undefined {
  if (value === null && !row.isEndless) return `Must be from ${row.minDays} to ${row.maxDays}. ${row.whyMax}`
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined
  if (value < row.minDays) return `Must be at least ${row.minDays}.${because(row.whyMin)}`
  if (value > row.maxDays) return `Must be at most ${row.maxDays}.${because(row.whyMax)}`
  return undefined
}

const because = (why: string | undefined): string => (why === undefined ? '' : ` ${why}`)

/** Backups have the incidents, too. Nothing may be kept in a backup for longer than outside of it. */
function longerInBackups(document: Readonly<Record<string, unknown>>): DocumentProblem[] {
  const {
    backups = RETENTION_SETTINGS.backups.defaultDays,
    incidents = RETENTION_SETTINGS.incidents.defaultDays,
  } = document
  if (typeof backups !== 'number' || typeof incidents !== 'number' || backups <= incidents) return []
  return [
    {
      path: 'incidents',
      problem: 'Must be at least the days of backups, which hold the incidents too. Shorten backups first.',
    },
  ]
}

type GivenHold = v.InferOutput<typeof HoldSchema>

function holdProblems(holds: readonly GivenHold[]): DocumentProblem[] {
  const seen = new Set<string>()
  return holds.flatMap(({ source, person }, i) => {
    const path = `holds.${i}`
    if ((source === undefined) === (person === undefined))
      return [{ path, problem: 'Must name either a source or a person.' }]
    const key = JSON.stringify([source, person === undefined ? null : normal(person)])
    if (seen.has(key)) return [{ path, problem: 'Is there twice.' }]
    seen.add(key)
    return []
  })
}

/** Enough to find the same hold again. The store has its own form of addresses. */
const normal = (address: string): string => address.trim().normalize('NFC').toLowerCase()

function holdOf(given: GivenHold, before: readonly Hold[], nowMs: number): Hold {
  const source = given.source ?? null
  const person = given.person === undefined ? null : normal(given.person)
  const known = before.find((one) => one.source === source && one.person === person)
  const sinceMs = rfc3339Ms(given.since ?? '') ?? known?.sinceMs ?? nowMs
  return { source, person, reason: given.reason, sinceMs }
}

/** Days as they compare: null is longest. */
const length = (days: number | null): number => days ?? Number.POSITIVE_INFINITY

interface Kept {
  readonly settings: RetentionSettings
  readonly holds: readonly Hold[]
}

/** Whether something is removed that would have stayed: a number of days is smaller, or a hold has ended. */
export const isShortened = (before: Kept, after: Kept): boolean =>
  SETTING_NAMES.some((name) => length(after.settings[name]) < length(before.settings[name])) ||
  EVENT_TYPES.some(
    (type) => length(daysOfType(after.settings, type)) < length(daysOfType(before.settings, type)),
  ) ||
  before.holds.some(
    (hold) => !after.holds.some((one) => one.source === hold.source && one.person === hold.person),
  )
