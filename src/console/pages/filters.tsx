/** Filters of a list: one form whose fields are in the address, and a chip for each that narrows the list. */
import type { FC } from 'hono/jsx'
import type { Role } from '../../registry/operators/operator.ts'
import { type Actor, may } from '../access/actor.ts'
import { listAddress } from './address.ts'

export interface Filter {
  /** The parameter of the address. */
  readonly name: string
  readonly label: string
  /** Values with their words. Without any, it is a text field. */
  readonly options?: readonly (readonly [value: string, words: string])[]
  readonly placeholder?: string
  /** A parameter that means the same. */
  readonly also?: string
  /** Whether it takes several of its values. */
  readonly isMany?: true
  /** The least role that has it. */
  readonly role?: Role
  /** Whether it narrows nothing. Its first option is then the default. */
  readonly isChoice?: true
}

/** The value of a parameter; undefined if it is empty. */
export const textIn = (query: URLSearchParams, name: string): string | undefined =>
  query.get(name)?.trim() || undefined

/** The values of a parameter that takes several, each by itself or separated by commas. */
export const valuesIn = (query: URLSearchParams, name: string): readonly string[] =>
  query.getAll(name).flatMap((text) => text.split(',').filter((value) => value !== ''))

const givenOf = (query: URLSearchParams, { name, also, isMany }: Filter): readonly string[] => {
  const names = also === undefined ? [name] : [name, also]
  return isMany === true
    ? names.flatMap((one) => valuesIn(query, one))
    : names.flatMap((one) => textIn(query, one) ?? []).slice(0, 1)
}

const valueOf = (query: URLSearchParams, filter: Filter): string => givenOf(query, filter)[0] ?? ''

/** The address without the filters that take a higher role than the reader has. */
export const withoutForbidden = (
  filters: readonly Filter[],
  query: URLSearchParams,
  actor: Actor,
): URLSearchParams => {
  const forbidden = filters.filter(({ role }) => role !== undefined && !may(actor, role))
  return new URLSearchParams([...query].filter(([name]) => forbidden.every((one) => one.name !== name)))
}

export const isNarrowed = (filters: readonly Filter[], query: URLSearchParams): boolean =>
  filters.some((filter) => filter.isChoice !== true && valueOf(query, filter) !== '')

/** A column that may be shown or not. */
export interface ColumnChoice {
  readonly label: string
  readonly isShown: boolean
  /** Whether it is shown without a choice. */
  readonly isUsual: boolean
}

/** Parameters that are chosen elsewhere on the page. */
const KEPT = ['show', 'rows', 'from', 'to', 'zone']

interface FiltersProps {
  readonly action: string
  readonly filters: readonly Filter[]
  readonly query: URLSearchParams
  readonly columns?: readonly ColumnChoice[]
}

export const Filters: FC<FiltersProps> = (props) => (
  <>
    <FilterForm {...props} />
    <Chips {...props} />
  </>
)

export const FilterForm: FC<FiltersProps> = ({ action, filters, query, columns = [] }) => (
  <form method="get" action={action} class="filters">
    <Fields filters={filters} query={query} />
    <Columns columns={columns} />
    {KEPT.map((name) => query.has(name) && <input type="hidden" name={name} value={query.get(name) ?? ''} />)}
    <button type="submit" class="quiet">
      Filter
    </button>
  </form>
)

const Columns: FC<{ columns: readonly ColumnChoice[] }> = ({ columns }) =>
  columns.length > 0 && (
    <details>
      <summary>Columns</summary>
      <div class="choices">
        {columns.map(({ label, isShown, isUsual }) => (
          <label class="choice">
            <input
              type="checkbox"
              name="column"
              value={label}
              checked={isShown}
              data-usual={isUsual ? '' : undefined}
            />{' '}
            {label}
          </label>
        ))}
      </div>
    </details>
  )

type FieldsProps = Omit<FiltersProps, 'action' | 'columns'>

const Fields: FC<FieldsProps> = ({ filters, query }) => (
  <>
    {filters.map((filter) =>
      filter.isMany === true ? (
        <details open={valueOf(query, filter) !== ''}>
          <summary>{filter.label}</summary>
          <div class="choices" role="group" aria-label={filter.label}>
            {filter.options?.map(([value, words]) => (
              <label class="choice">
                <input
                  type="checkbox"
                  name={filter.name}
                  value={value}
                  checked={givenOf(query, filter).includes(value)}
                />{' '}
                {words}
              </label>
            ))}
          </div>
        </details>
      ) : (
        <div>
          <label for={`filter-${filter.name}`}>{filter.label}</label>
          <FilterField filter={filter} value={valueOf(query, filter)} />
        </div>
      ),
    )}
  </>
)

const FilterField: FC<{ filter: Filter; value: string }> = ({ filter, value }) => {
  const { name, options, placeholder } = filter
  const id = `filter-${name}`
  if (options === undefined)
    return (
      <input
        id={id}
        name={name}
        value={value}
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
      />
    )
  // As the source of events that came by a queue: the next narrowing must not drop it.
  const unlisted =
    value === '' || options.some(([option]) => option === value) ? [] : [[value, value] as const]
  return (
    <select id={id} name={name}>
      {filter.isChoice !== true && <option value="">all</option>}
      {[...options, ...unlisted].map(([option, words]) => (
        <option value={option} selected={option === value}>
          {words}
        </option>
      ))}
    </select>
  )
}

/** Each chip is a link to the list without it. */
export const Chips: FC<FiltersProps> = ({ action, filters, query }) => {
  const set = filters
    .filter(({ isChoice }) => isChoice !== true)
    .flatMap((filter) => givenOf(query, filter).map((value) => ({ filter, value })))
  if (set.length === 0) return null
  return (
    <ul class="chips" aria-label="Filters that are set">
      {set.map(({ filter, value }) => {
        const words = filter.options?.find(([option]) => option === value)?.[1] ?? value
        const rest = givenOf(query, filter).filter((one) => one !== value)
        const without = { [filter.name]: rest.join(), ...(filter.also && { [filter.also]: '' }) }
        return (
          <li>
            <a href={listAddress(action, query, without)}>
              {filter.label}: <bdi>{words}</bdi> <span aria-hidden="true">×</span>
              <span class="visually-hidden"> remove</span>
            </a>
          </li>
        )
      })}
      {set.length > 1 && (
        <li>
          <a href={clearOf(action, query)}>Clear all</a>
        </li>
      )}
    </ul>
  )
}

/** The list with nothing narrowed, of the same segment. */
const clearOf = (action: string, query: URLSearchParams): string =>
  listAddress(action, new URLSearchParams(), { show: query.get('show') ?? '' })
