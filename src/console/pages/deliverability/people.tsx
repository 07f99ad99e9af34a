/** Opens and clicks with and without machines, as a table and by day. */
import { type Figures, isAtMost } from '../../../api/deliverability.ts'
import { percent } from '../charts/percent.ts'
import type { Series } from '../charts/series.ts'
import { type Column, List, Part } from '../components.tsx'
import { Share } from './cells.tsx'

type Rates = Figures['rates']
interface Rated {
  readonly rates: Rates
}

/** Whether opens or clicks were reported. */
export const hasOpensOrClicks = ({ rates }: Rated): boolean => rates.open !== null || rates.click !== null

const NAMES = ['open', 'click'] as const
type Name = (typeof NAMES)[number]

const WORDS = { open: 'Opens', click: 'Clicks' } as const

interface PeopleProps<Row extends Rated> {
  readonly caption: string
  /** Names the row. */
  readonly first: Column<Row>
  readonly rows: readonly Row[]
}

export const PeoplePart = <Row extends Rated>({ caption, first, rows }: PeopleProps<Row>) => (
  <Part
    id="people"
    title="Opens and clicks by people"
    lead="Of what was delivered, without those that a machine is known to have made. “At most” stands where less than half is judged: there may be machines among the rest."
  >
    <List
      isDense
      caption={caption}
      columns={[first, ...NAMES.flatMap(columnsOf<Row>)]}
      rows={rows}
      empty="No event in these days."
    />
  </Part>
)

const columnsOf = <Row extends Rated>(name: Name): readonly Column<Row>[] => [
  { label: WORDS[name], kind: 'number', cell: ({ rates }) => <Share share={rates[name]} /> },
  {
    label: `${WORDS[name]} by people`,
    kind: 'number',
    cell: ({ rates }) => (
      <>
        {rates[`${name}_people`] !== null && isAtMost(name, rates) && 'at most '}
        <Share share={rates[`${name}_people`]} />
      </>
    ),
  },
  {
    label: `${WORDS[name]} judged`,
    kind: 'number',
    cell: ({ rates }) => <Share share={rates[`${name}_judged`]} />,
  },
]

/** Rates of opens by day, all and without machines. None if no open was reported. @param total of all days */
export function openSeries(days: readonly (Rated | undefined)[], total: Rated): readonly Series[] {
  if (total.rates.open === null) return []
  const values = (name: 'open' | 'open_people') => days.map((one) => one?.rates[name] ?? null)
  const atMost = isAtMost('open', total.rates) ? 'at most, ' : ''
  // Both have the same axis, so that one can be compared with the other.
  const least = Math.max(0.1, ...values('open').map((rate) => rate ?? 0))
  const shown = { form: 'line', text: percent, least } as const
  return [
    { ...shown, id: 'opens', title: 'Opens, of what was delivered', values: values('open') },
    {
      ...shown,
      id: 'people',
      title: `Opens by people, ${atMost}of what was delivered`,
      values: values('open_people'),
    },
  ]
}
