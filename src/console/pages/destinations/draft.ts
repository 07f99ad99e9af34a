/** A destination as its form holds it: fields of text, from the stored one or as they were typed, and the document that they stand for. */
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { isObject, parseJsonText } from '../../../platform/json.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { type Condition, conditionsOf, whereOf } from './conditions.ts'

/** Values of all fields that are shown again. Lists are joined by commas. */
export type Values = Readonly<Record<string, string>>

export interface Draft {
  readonly values: Values
  readonly conditions: readonly Condition[]
  /** Conditions that no row can say, as JSON. */
  readonly json: string
}

/** Fields of one line each. */
const LINES = [
  'url',
  'personal',
  'batch.max_events',
  'batch.max_wait_seconds',
  'rate_per_second',
  'concurrency',
  'timeout_seconds',
] as const
const SWITCHES = ['ordered', 'ed25519', 'tells_erasures'] as const
const LISTS = ['types', 'sources', 'headers'] as const

/** Rows of conditions, and of new headers, beyond those that are filled in. */
export const SPARE_ROWS = 2

const MAX_ROWS = 50

export const NEW_DRAFT: Draft = {
  values: { personal: 'full', concurrency: '4', timeout_seconds: '15', start: 'now' },
  conditions: [],
  json: '',
}

export function draftOf({ config }: DestinationView): Draft {
  const { filter = {}, batch } = config
  return withConditions(
    {
      url: config.url,
      types: (filter.types ?? []).join(','),
      sources: (filter.sources ?? []).join(','),
      personal: config.personal,
      'batch.max_events': String(batch?.max_events ?? ''),
      'batch.max_wait_seconds': String(batch?.max_wait_seconds ?? ''),
      rate_per_second: String(config.rate_per_second ?? ''),
      concurrency: String(config.concurrency),
      timeout_seconds: String(config.timeout_seconds),
      headers: config.headers.join(','),
      ...Object.fromEntries(SWITCHES.map((name) => [name, config[name] ? 'yes' : ''])),
    },
    [],
    filter.where === undefined ? '' : JSON.stringify(filter.where),
  )
}

/** The draft that was typed, without secrets. */
export function typedDraft(form: URLSearchParams): Draft {
  const line = (name: string) => (form.get(name) ?? '').trim()
  const list = (name: string) => [...new Set(form.getAll(name).flatMap((text) => text.split(',')))]
  const rows = Array.from({ length: MAX_ROWS }, (_, i) => ({
    field: line(`field.${i}`),
    comparison: line(`comparison.${i}`),
    value: line(`value.${i}`),
  }))
  return withConditions(
    {
      ...Object.fromEntries([...LINES, ...SWITCHES, 'start'].map((name) => [name, line(name)])),
      ...Object.fromEntries(
        LISTS.map((name) => [
          name,
          list(name)
            .filter((one) => one !== '')
            .join(','),
        ]),
      ),
    },
    rows.filter(({ field }) => field !== ''),
    line('where'),
  )
}

/** Conditions in JSON become rows if they can. `where` of the values has all of them. */
function withConditions(values: Values, conditions: readonly Condition[], json: string): Draft {
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

const split = (text: string | undefined): string[] => (text ?? '').split(',').filter((one) => one !== '')

/** Undefined if all events pass. */
export function filterOf(draft: Draft): Record<string, unknown> | undefined {
  const [types, sources] = [split(draft.values['types']), split(draft.values['sources'])]
  const where = whereIn(draft)
  const filter = {
    ...(types.length === 0 ? {} : { types }),
    ...(sources.length === 0 ? {} : { sources }),
    ...(where === undefined ? {} : { where }),
  }
  return Object.keys(filter).length === 0 ? undefined : filter
}

/** A text that is no number stays one, so that the registry says what it must be. */
const numberOf = (text: string | undefined): unknown =>
  text === undefined || text === '' ? undefined : Number.isNaN(Number(text)) ? text : Number(text)

/** @param form has the secrets, which the draft does not */
export function documentOf(
  draft: Draft,
  form: URLSearchParams,
  stored: DestinationView | undefined,
): Record<string, unknown> {
  const { values } = draft
  const size = numberOf(values['batch.max_events'])
  const wait = numberOf(values['batch.max_wait_seconds'])
  const secret = (form.get('signing_secret') ?? '').trim()
  const document = {
    url: values['url'],
    filter: filterOf(draft),
    batch: size === undefined ? undefined : { max_events: size, max_wait_seconds: wait },
    personal: values['personal'],
    rate_per_second: numberOf(values['rate_per_second']),
    concurrency: numberOf(values['concurrency']),
    timeout_seconds: numberOf(values['timeout_seconds']),
    ...Object.fromEntries(SWITCHES.map((name) => [name, values[name] === 'yes'])),
    ...(stored === undefined ? { start: values['start'] } : { paused: stored.config.paused }),
    headers: headersOf(values, form),
    secrets: secret === '' ? {} : { signing_secret: secret },
  }
  return JSON.parse(JSON.stringify(document)) as Record<string, unknown>
}

/** Headers that stay, with a new value if one was typed, and new ones. */
function headersOf(values: Values, form: URLSearchParams): Record<string, unknown> {
  const kept = split(values['headers']).map((name) => {
    const value = (form.get(`header.${name}`) ?? '').trim()
    return [name, value === '' ? { stored: true } : value] as const
  })
  const added = Array.from(
    { length: SPARE_ROWS },
    (_, i) =>
      [(form.get(`header_name.${i}`) ?? '').trim(), (form.get(`header_value.${i}`) ?? '').trim()] as const,
  ).filter(([name]) => name !== '')
  return Object.fromEntries([...kept, ...added])
}

/** Problems of the document at the fields of the form. */
export const atFields = (problems: readonly DocumentProblem[]): readonly DocumentProblem[] =>
  problems.map(({ path, problem }) => {
    for (const [begin, field] of GROUPS)
      if (path === begin || path.startsWith(`${begin}.`)) {
        const rest = path.slice(begin.length + 1)
        return { path: field, problem: rest === '' ? problem : `${rest}: ${problem}` }
      }
    return { path, problem }
  })

const GROUPS = [
  ['filter.types', 'types'],
  ['filter.sources', 'sources'],
  ['filter.where', 'where'],
  ['headers', 'headers'],
  ['secrets.signing_secret', 'signing_secret'],
] as const
