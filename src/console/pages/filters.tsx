/** Filters of a list: one form whose fields are in the address, and a chip for each that narrows the list. */
import type { FC } from 'hono/jsx'

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

interface FiltersProps {
  readonly action: string
  readonly filters: readonly Filter[]
  readonly query: URLSearchParams
}

export const Filters: FC<FiltersProps> = ({ action, filters, query }) => (
  <>
    <form method="get" action={action} class="filters" data-filters>
      <Fields filters={filters.filter(({ isRare }) => isRare !== true)} query={query} />
      <RareFields filters={filters.filter(({ isRare }) => isRare === true)} query={query} />
      {query.has('rows') && <input type="hidden" name="rows" value={query.get('rows') ?? ''} />}
      <button type="submit" class="quiet">
        Filter
      </button>
    </form>
    <Chips action={action} filters={filters} query={query} />
  </>
)

type FieldsProps = Omit<FiltersProps, 'action'>

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
            <a href={without(action, query, filter.name)}>
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

function without(action: string, query: URLSearchParams, name: string): string {
  const kept = new URLSearchParams([...query].filter(([key, value]) => key !== name && value !== ''))
  for (const dropped of ['cursor', 'notice', 'count']) kept.delete(dropped)
  return kept.size === 0 ? action : `${action}?${kept.toString()}`
}
