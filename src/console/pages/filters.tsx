/** Filters of a list: one form whose fields are in the address, and a chip for each that narrows the list. */
import type { FC } from 'hono/jsx'
import { listAddress } from './address.ts'

export interface Filter {
  /** The parameter of the address. */
  readonly name: string
  readonly label: string
  /** Values with their words. Without any, it is a text field. */
  readonly options?: readonly (readonly [value: string, words: string])[]
  readonly placeholder?: string
  /** Whether it narrows nothing. Its first option is then the default. */
  readonly isChoice?: true
  /** Whether it is folded away until it is set. */
  readonly isRare?: true
}

/** The value of a parameter; undefined if it is empty. */
export const textIn = (query: URLSearchParams, name: string): string | undefined =>
  query.get(name)?.trim() || undefined

const valueOf = (query: URLSearchParams, { name }: Filter): string => textIn(query, name) ?? ''

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
const KEPT = ['rows', 'from', 'to', 'zone']

interface FiltersProps {
  readonly action: string
  readonly filters: readonly Filter[]
  readonly query: URLSearchParams
  readonly columns?: readonly ColumnChoice[]
}

export const Filters: FC<FiltersProps> = ({ action, filters, query, columns = [] }) => (
  <>
    <form method="get" action={action} class="filters">
      <Fields filters={filters.filter(({ isRare }) => isRare !== true)} query={query} />
      <RareFields filters={filters.filter(({ isRare }) => isRare === true)} query={query} />
      <Columns columns={columns} />
      {KEPT.map(
        (name) => query.has(name) && <input type="hidden" name={name} value={query.get(name) ?? ''} />,
      )}
      <button type="submit" class="quiet">
        Filter
      </button>
    </form>
    <Chips action={action} filters={filters} query={query} />
  </>
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
    {filters.map((filter) => (
      <div>
        <label for={`filter-${filter.name}`}>{filter.label}</label>
        <FilterField filter={filter} value={valueOf(query, filter)} />
      </div>
    ))}
  </>
)

const RareFields: FC<FieldsProps> = ({ filters, query }) =>
  filters.length > 0 && (
    <details open={isNarrowed(filters, query)}>
      <summary>More filters</summary>
      <div class="filters">
        <Fields filters={filters} query={query} />
      </div>
    </details>
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
const Chips: FC<FiltersProps> = ({ action, filters, query }) => {
  const set = filters.filter((filter) => filter.isChoice !== true && valueOf(query, filter) !== '')
  if (set.length === 0) return null
  return (
    <ul class="chips" aria-label="Filters that are set">
      {set.map((filter) => {
        const value = valueOf(query, filter)
        const words = filter.options?.find(([option]) => option === value)?.[1] ?? value
        return (
          <li>
            <a href={listAddress(action, query, { [filter.name]: '' })}>
              {filter.label}: <bdi>{words}</bdi> <span aria-hidden="true">×</span>
              <span class="visually-hidden"> remove</span>
            </a>
          </li>
        )
      })}
      {set.length > 1 && (
        <li>
          <a href={action}>Clear all</a>
        </li>
      )}
    </ul>
  )
}
