/** The charts of a page, and one table with the same figures. */
import type { FC } from 'hono/jsx'
import { durationWords } from '../../../platform/settings.ts'
import { type Column, List, Nothing, Said } from '../components.tsx'
import { useView } from '../view.ts'
import { Chart, Clock, FIGURES_ID } from './chart.tsx'
import type { Mark } from './marks.ts'
import { type Series, type Timeline, startOf } from './series.ts'

interface ChartsProps {
  readonly timeline: Timeline
  readonly series: readonly Series[]
  readonly marks: readonly Mark[]
  readonly zooms?: boolean
  readonly caption: string
  /** Shown in place of an empty table. */
  readonly empty: string
}

export const Charts: FC<ChartsProps> = ({ timeline, series, marks, zooms = false, caption, empty }) => {
  const hasBefore = series.some(({ before }) => before !== undefined)
  const isSaid = (index: number): boolean =>
    series.some(({ values, before }) => (values[index] ?? 0) !== 0 || (before?.[index] ?? 0) !== 0)
  const rows = Array.from({ length: timeline.count }, (_, i) => i)
    .filter(isSaid)
    .toReversed()
  return (
    <>
      <div class="charts">
        {series.map((one, i) => (
          <Chart series={one} timeline={timeline} marks={marks} column={i + 1} zooms={zooms} />
        ))}
      </div>
      <ul class="legend soft">
        <li class="now">{durationWords(timeline.stepMs / 1_000)} each; lighter while it is not over</li>
        {hasBefore && <li class="before">a week before</li>}
        {series.map(({ limit }) => limit !== undefined && <li class="limit">{limit.text}</li>)}
        {marks.map(({ kind, href, text }) => (
          <li class={kind}>
            <a href={href}>
              <Said text={text} max={60} />
            </a>
          </li>
        ))}
        <li>
          Times in <span data-zone>{useView().preferences.zone}</span>
        </li>
      </ul>
      <details class="after" id={FIGURES_ID}>
        <summary>The figures as a table</summary>
        <List caption={caption} columns={columnsOf(timeline, series)} rows={rows} empty={empty} />
      </details>
    </>
  )
}

const columnsOf = (timeline: Timeline, series: readonly Series[]): Column<number>[] => [
  { label: 'From', cell: (index) => <Clock at={startOf(timeline, index)} /> },
  ...series.map(({ title, text, values, before }): Column<number> => ({
    label: title,
    kind: 'number',
    cell(index) {
      const value = values[index] ?? null
      const past = before?.[index] ?? null
      return (
        <>
          {value === null ? <Nothing /> : text(value)}
          {past !== null && (
            <>
              {' '}
              <span class="under">a week before {text(past)}</span>
            </>
          )}
        </>
      )
    },
  })),
]
