/** A destination as its form holds it: fields of text, from the stored one or as they were typed, and the document that they stand for. */
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { isObject, parseJsonText } from '../../../platform/json.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { type Texts, documentIn, textsOf } from '../setting-fields.tsx'
import { type Condition, conditionsOf, whereOf } from './conditions.ts'
import { SETTINGS } from './settings.ts'

export interface Draft {
  /** All fields that are shown again. Lists are joined by commas. */
  readonly values: Texts
  readonly conditions: readonly Condition[]
  /** Conditions that no row can say, as JSON. */
  readonly json: string
}

/** Rows of conditions, and of new headers, beyond those that are filled in. */
export const SPARE_ROWS = 2

const MAX_ROWS = 50

export const NEW_DRAFT: Draft = { values: { personal: 'full', start: 'now' }, conditions: [], json: '' }

export function draftOf({ config }: DestinationView): Draft {
  const { types = [], sources = [], where } = config.filter ?? {}
  const lists = { types: types.join(), sources: sources.join(), headers: config.headers.join() }
  const json = where === undefined ? '' : JSON.stringify(where)
  return withConditions({ ...textsOf(SETTINGS, config), ...lists }, [], json)
}

/** The draft that was typed, without secrets. */
export function typedDraft(form: URLSearchParams): Draft {
  const line = (name: string) => (form.get(name) ?? '').trim()
  const list = (name: string) => [...new Set(form.getAll(name).flatMap(split))].join()
  const rows = Array.from({ length: MAX_ROWS }, (_, i) => ({
    field: line(`field.${i}`),
    comparison: line(`comparison.${i}`),
    value: line(`value.${i}`),
  }))
  const lines = [...SETTINGS.map(({ path }) => path), 'start'].map((name) => [name, line(name)])
  const lists = ['types', 'sources', 'headers'].map((name) => [name, list(name)])
  return withConditions(
    Object.fromEntries([...lines, ...lists]),
    rows.filter(({ field }) => field !== ''),
    line('where'),
  )
}

/** Conditions in JSON become rows if they can. `where` of the values has all of them. */
function withConditions(values: Texts, conditions: readonly Condition[], json: string): Draft {
  const parsed = json === '' ? {} : parseJsonText(json)
  const more = conditionsOf(parsed)
  const rows = [...conditions, ...(more ?? [])]
  const draft = { values, conditions: rows, json: more === undefined ? json : '' }
  const where = isObject(parsed) ? whereIn(draft) : undefined
  return { ...draft, values: { ...values, where: where === undefined ? '' : JSON.stringify(where) } }
}

/** Undefined without any; not an object if the JSON is malformed. */
function whereIn({ conditions, json }: Draft): unknown {
  const where = whereOf(conditions)
  if (json === '') return where
  const parsed = parseJsonText(json)
  if (where === undefined || !isObject(parsed)) return parsed ?? 'malformed'
  const { $and: others = [], ...rest } = where
  return { ...rest, $and: [...(others as readonly unknown[]), parsed] }
}

export const split = (text: string | undefined): string[] =>
  (text ?? '').split(',').filter((one) => one !== '')

/** Empty if all events pass. */
export function filterOf(draft: Draft): Record<string, unknown> {
  const [types, sources] = [split(draft.values['types']), split(draft.values['sources'])]
  const where = whereIn(draft)
  return {
    ...(types.length === 0 ? {} : { types }),
    ...(sources.length === 0 ? {} : { sources }),
    ...(where === undefined ? {} : { where }),
  }
}

/** @param form has the secrets, which the draft does not */
export function documentOf(
  draft: Draft,
  form: URLSearchParams,
  stored: DestinationView | undefined,
): Record<string, unknown> {
  const { values } = draft
  const { batch, ...settings } = documentIn(SETTINGS, values)
  const filter = filterOf(draft)
  const secret = (form.get('signing_secret') ?? '').trim()
  return {
    ...settings,
    ...(values['batch.max_events'] === '' ? {} : { batch }),
    ...(Object.keys(filter).length === 0 ? {} : { filter }),
    ...(stored === undefined ? { start: values['start'] } : { paused: stored.config.paused }),
    headers: headersOf(values, form),
    secrets: secret === '' ? {} : { signing_secret: secret },
  }
}

/** Headers that stay, with a new value if one was typed, and new ones. */
function headersOf(values: Texts, form: URLSearchParams): Record<string, unknown> {
  const line = (name: string) => (form.get(name) ?? '').trim()
  const kept = split(values['headers']).map((name) => [name, line(`header.${name}`) || { stored: true }])
  const added = Array.from({ length: SPARE_ROWS }, (_, i) => [
    line(`header_name.${i}`),
    line(`header_value.${i}`),
  ]).filter(([name]) => name !== '')
  return Object.fromEntries([...kept, ...added]) as Record<string, unknown>
}

const IN_GROUP = /^(?:filter\.|secrets\.)?(types|sources|where|headers|signing_secret)(?:\.(.+))?$/

/** Problems of the document at the fields of the form. */
export const atFields = (problems: readonly DocumentProblem[]): readonly DocumentProblem[] =>
  problems.map(({ path, problem }) => {
    const [, field, rest] = IN_GROUP.exec(path) ?? []
    if (field === undefined) return { path, problem }
    return { path: field, problem: rest === undefined ? problem : `${rest}: ${problem}` }
  })
