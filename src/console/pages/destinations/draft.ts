/** A destination as its form holds it: texts of its fields, from the stored one or as they were typed, and the document that they stand for. */
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { isObject, parseJsonText } from '../../../platform/json.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { DESTINATION_SETTINGS } from '../../../registry/destinations/document.ts'
import { type Texts, documentIn, textsOf } from '../setting-fields.tsx'
import { type Condition, conditionsOf, whereOf } from './conditions.ts'

/** Settings with a field each. */
export const SETTINGS = DESTINATION_SETTINGS.filter(
  ({ path, group }) => path === 'url' || group !== undefined,
)

/** Rows of conditions, and of new headers, beyond those that are filled in. */
export const SPARE_ROWS = 2
const MAX_ROWS = 50

/** Lists are joined by commas. `conditions` are rows as JSON, `where` is the rest, which no row can say. */
export function draftOf(stored: DestinationView | undefined): Texts {
  if (stored === undefined) return { name: '', personal: 'full', start: 'now' }
  const { filter = {}, headers } = stored.config
  const { types = [], sources = [], where } = filter
  const lists = { types: types.join(), sources: sources.join(), headers: headers.join() }
  const json = where === undefined ? '' : JSON.stringify(where)
  return { ...textsOf(SETTINGS, stored.config), ...lists, ...conditionTexts([], json) }
}

/** The draft that was typed, without secrets. */
export function typedDraft(form: URLSearchParams): Texts {
  const line = (name: string) => (form.get(name) ?? '').trim()
  const rows = Array.from({ length: MAX_ROWS }, (_, i) => ({
    field: line(`field.${i}`),
    comparison: line(`comparison.${i}`),
    value: line(`value.${i}`),
  })).filter(({ field }) => field !== '')
  const lines = ['name', ...SETTINGS.map(({ path }) => path), 'start'].map((name) => [name, line(name)])
  const lists = ['types', 'sources', 'headers'].map((name) => [name, [...listIn(form, name)].join()])
  // A conflict gives rows back as they were.
  const given = rowsIn({ conditions: line('conditions') })
  return {
    ...Object.fromEntries([...lines, ...lists]),
    ...conditionTexts([...given, ...rows], line('where')),
  }
}

/** Conditions in JSON become rows if they can. */
function conditionTexts(rows: readonly Condition[], json: string): Texts {
  const more = conditionsOf(json === '' ? {} : parseJsonText(json))
  const all = [...rows, ...(more ?? [])]
  return {
    conditions: all.length === 0 ? '' : JSON.stringify(all),
    where: more === undefined ? json : '',
  }
}

export const rowsIn = ({ conditions = '' }: Texts): readonly Condition[] =>
  (parseJsonText(conditions) as Condition[] | undefined) ?? []

/** Undefined without any; not an object if the JSON is malformed. */
function whereIn(draft: Texts): unknown {
  const where = whereOf(rowsIn(draft))
  const json = draft['where'] ?? ''
  if (json === '') return where
  const parsed = parseJsonText(json)
  if (where === undefined || !isObject(parsed)) return parsed ?? 'malformed'
  const { $and: others = [], ...rest } = where
  return { ...rest, $and: [...(others as readonly unknown[]), parsed] }
}

export const split = (text: string | undefined): string[] =>
  (text ?? '').split(',').filter((one) => one !== '')

/** Values of check boxes, or all in one text. */
export const listIn = (form: URLSearchParams, name: string): ReadonlySet<string> =>
  new Set(form.getAll(name).flatMap(split))

/** Empty if all events pass. */
export function filterOf(draft: Texts): Record<string, unknown> {
  const [types, sources] = [split(draft['types']), split(draft['sources'])]
  const where = whereIn(draft)
  return {
    ...(types.length === 0 ? {} : { types }),
    ...(sources.length === 0 ? {} : { sources }),
    ...(where === undefined ? {} : { where }),
  }
}

/** @param form has the secrets, which the draft does not */
export function documentOf(draft: Texts, form: URLSearchParams, stored?: DestinationView): object {
  const { batch, ...settings } = documentIn(SETTINGS, draft)
  const filter = filterOf(draft)
  const secret = (form.get('signing_secret') ?? '').trim()
  return {
    ...settings,
    ...(draft['batch.max_events'] === '' ? {} : { batch }),
    ...(Object.keys(filter).length === 0 ? {} : { filter }),
    ...(stored === undefined
      ? { start: draft['start'] }
      : { paused: stored.config.paused, paused_until: stored.config.paused_until }),
    headers: headersOf(draft, form),
    secrets: secret === '' ? {} : { signing_secret: secret },
  }
}

/** Headers that stay, with a new value if one was typed, and new ones. */
function headersOf(draft: Texts, form: URLSearchParams): object {
  const line = (name: string) => (form.get(name) ?? '').trim()
  const kept = split(draft['headers']).map((name) => [name, line(`header.${name}`) || { stored: true }])
  const rows = Array.from({ length: SPARE_ROWS }, (_, i) => [
    line(`header_name.${i}`),
    line(`header_value.${i}`),
  ])
  return Object.fromEntries([...kept, ...rows.filter(([name]) => name !== '')]) as object
}

const IN_GROUP = /^(?:filter\.|secrets\.)?(types|sources|where|headers|signing_secret)(?:\.(.+))?$/

/** Problems of the document at the fields of the form. */
export const atFields = (problems: readonly DocumentProblem[]): readonly DocumentProblem[] =>
  problems.map(({ path, problem }) => {
    const [, field, rest] = IN_GROUP.exec(path) ?? []
    if (field === undefined) return { path, problem }
    return { path: field, problem: rest === undefined ? problem : `${rest}: ${problem}` }
  })
