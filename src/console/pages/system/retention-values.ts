/** The retention document as fields of a form, and back. */
import type { SettingAnswer } from '../../../api/retention.ts'
import { EVENT_TYPES } from '../../../event/mail-event.ts'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { toInstant } from '../../../platform/time.ts'
import type { Hold } from '../../../registry/retention/document.ts'
import { SETTING_NAMES } from '../../../registry/retention/kinds.ts'
import type { RetentionState } from '../../../registry/retention/table.ts'

export type Values = Readonly<Record<string, string>>

export const NO_LIMIT = 'no limit'
/** Fields of the events of one type: `events_by_type.email.opened`. */
export const TYPE_PREFIX = 'events_by_type.'
/** Fields that say whether a hold stays, by what it holds. */
const HOLD_PREFIX = 'holds.'

/** As a form has it. */
const typedDays = (days: number | null): string => (days === null ? NO_LIMIT : String(days))

export const daysText = (days: number | null): string =>
  days === null ? NO_LIMIT : days.toLocaleString('en')

/** Number of things that the next night removes, in words. */
export function goesWords({ next, is_held: isHeld }: SettingAnswer): string {
  if (next === null) return 'not known'
  const about = next.is_estimate && next.count > 0 ? 'about ' : ''
  return `${about}${next.count}${next.is_more ? ' or more' : ''}${isHeld ? ', some held' : ''}`
}

export const holdName = ({ source, person }: Hold): string =>
  `${HOLD_PREFIX}${source === null ? `person.${person}` : `source.${source}`}`

const NEW_HOLD = ['hold_source', 'hold_person', 'hold_reason'] as const

type Present = Pick<RetentionState, 'settings' | 'holds'>

export const valuesOf = ({ settings, holds }: Present): Values => ({
  ...Object.fromEntries(SETTING_NAMES.map((name) => [name, typedDays(settings[name])])),
  ...Object.fromEntries(
    EVENT_TYPES.map((type) => {
      const days = settings.events_by_type[type]
      return [`${TYPE_PREFIX}${type}`, days === undefined ? '' : typedDays(days)]
    }),
  ),
  ...Object.fromEntries(holds.map((hold) => [holdName(hold), 'yes'])),
  ...Object.fromEntries(NEW_HOLD.map((name) => [name, ''])),
})

/** Days of a field: a number, or null for no limit; else the text, which no document may have. */
const daysIn = (text: string): number | string | null => {
  if (text.toLowerCase() === NO_LIMIT) return null
  return /^[0-9]{1,6}$/.test(text) ? Number(text) : text
}

const BAD_DAYS = `Write a number of days, or: ${NO_LIMIT}.`

/** The document that the fields stand for, and the problems of those that stand for none. */
export function documentOf(
  typed: Values,
  { holds }: Pick<Present, 'holds'>,
): { readonly document: unknown; readonly problems: readonly DocumentProblem[] } {
  const types = EVENT_TYPES.filter((type) => typed[`${TYPE_PREFIX}${type}`] !== '')
  const [source, person, reason] = NEW_HOLD.map((name) => typed[name] ?? '')
  const isNewHold = source !== '' || person !== '' || reason !== ''
  const wrong = [...SETTING_NAMES, ...types.map((type) => `${TYPE_PREFIX}${type}`)]
    .filter((name) => typeof daysIn(typed[name] ?? '') === 'string')
    .map((path) => ({ path, problem: BAD_DAYS }))
  return {
    document: {
      ...Object.fromEntries(SETTING_NAMES.map((name) => [name, daysIn(typed[name] ?? '')])),
      events_by_type: Object.fromEntries(
        types.map((type) => [type, daysIn(typed[`${TYPE_PREFIX}${type}`] ?? '')]),
      ),
      holds: [
        ...holds
          .filter((hold) => typed[holdName(hold)] === 'yes')
          .map((hold) => ({
            ...(hold.source === null ? { person: hold.person } : { source: hold.source }),
            reason: hold.reason,
            since: toInstant(hold.sinceMs),
          })),
        ...(isNewHold
          ? [{ ...(source === '' ? {} : { source }), ...(person === '' ? {} : { person }), reason }]
          : []),
      ],
    },
    problems: wrong,
  }
}

/** Problems of the document, each at a field of the form. Holds are numbered in it: the one that was added is the last. */
export const atFields = (problems: readonly DocumentProblem[], typed: Values): readonly DocumentProblem[] =>
  problems.map(({ path, problem }) => {
    const [, part] = /^holds\.[0-9]+(?:\.(\w+))?$/.exec(path) ?? []
    if (path.startsWith('holds')) return { path: `hold_${part ?? 'source'}`, problem }
    return { path: path in typed ? path : '', problem }
  })
