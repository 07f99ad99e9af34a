/**
 * One series as a chart, drawn on the server, with the week before behind it. Colors are in the style sheet. The script adds a cursor
 * that reads the table below.
 */
import type { FC } from 'hono/jsx'
import { toInstant } from '../../../platform/time.ts'
import { wallClock } from '../../messages/time.ts'
import { useView } from '../view.ts'
import type { Mark } from './marks.ts'
import { type Series, type Timeline, completeIn, finding, roundTop, startOf } from './series.ts'

const HEIGHT = 100
/** A bin is so many units wide. The picture is stretched to the room that there is. */
const BIN = 10

interface ChartProps {
  readonly series: Series
  readonly timeline: Timeline
  readonly marks: readonly Mark[]
  /** The column of the table with the same figures. */
  readonly column: number
  /** Whether a span that is chosen in it may be opened. */
  readonly zooms: boolean
}

/** The id of the table that has the figures of the charts of a page. */
export const FIGURES_ID = 'figures'

export const Chart: FC<ChartProps> = ({ series, timeline, marks, column, zooms }) => {
  const { title, form, isBad, text, values, before, limit } = series
  const { firstMs, stepMs, count } = timeline
  const width = count * BIN
  const top = roundTop(series)
  const heightsOf = (all: readonly (number | null)[]) =>
    all.map((value) => (value === null ? null : (value / top) * HEIGHT))
  const heights = heightsOf(values)
  const complete = completeIn(timeline)
  const whole = heights.map((height, i) => (i < complete ? height : null))
  const open = heights.map((height, i) => (i < complete ? null : height))
  const draw = form === 'bars' ? barsOf : lineOf
  const found = finding(series, timeline)
  const look = isBad === true ? `${form} failed` : form
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span> <span class="soft">{found}</span>
      </figcaption>
      <div class="plot">
        <div class="y" aria-hidden="true">
          <span>{text(top)}</span>
          <span>{text(top / 2)}</span>
          <span>{text(0)}</span>
        </div>
        <div
          class="area"
          data-chart={FIGURES_ID}
          data-column={column}
          data-first={firstMs}
          data-step={stepMs}
          data-count={count}
          data-complete={complete}
          data-title={title}
          data-zooms={zooms ? '' : undefined}
        >
          <svg
            viewBox={`0 0 ${width} ${HEIGHT}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={`${title}: ${found}. The table below has all values.`}
          >
            {marks.map(({ kind, from, to }) => (
              <rect
                class={kind}
                x={number(from * BIN)}
                y="0"
                width={number((to - from) * BIN)}
                height={HEIGHT}
              />
            ))}
            <path class="grid" d={`M0 0H${width}M0 ${HEIGHT / 2}H${width}`} />
            <path class={look} d={draw(whole)} />
            <path class={`${look} open`} d={draw(open)} />
            {limit !== undefined && (
              <path class="limit" d={`M0 ${number(HEIGHT - (limit.value / top) * HEIGHT)}H${width}`} />
            )}
            {before !== undefined && <path class="before" d={lineOf(heightsOf(before))} />}
          </svg>
        </div>
        <div class="times soft">
          <Clock at={firstMs} />
          <Clock at={startOf(timeline, count >> 1)} />
          {complete < count ? <span>now</span> : <Clock at={startOf(timeline, count)} />}
        </div>
      </div>
    </figure>
  )
}

/** The time of day, with its date when that is not today's. */
export const Clock: FC<{ at: number }> = ({ at }) => {
  const { nowMs, preferences } = useView()
  const [day, clock] = wallClock(at, preferences.zone)
  const time = clock.slice(0, 5)
  return (
    <time datetime={toInstant(at)} title={toInstant(at)} data-clock>
      <span class="clock">
        {day === wallClock(nowMs, preferences.zone)[0] ? time : `${day.slice(5)} ${time}`}
      </span>
    </time>
  )
}

const number = (value: number): string => String(Math.round(value * 10) / 10)

function barsOf(heights: readonly (number | null)[]): string {
  return heights
    .flatMap((height, i) =>
      height === null || height === 0
        ? []
        : [`M${i * BIN + 1} ${HEIGHT}V${number(HEIGHT - height)}h${BIN - 2}V${HEIGHT}z`],
    )
    .join('')
}

/** A horizontal line for each bin, so that a single one is visible, too. Unknown values are gaps. */
function lineOf(heights: readonly (number | null)[]): string {
  return heights
    .flatMap((height, i) => {
      if (height === null) return []
      const y = number(HEIGHT - height)
      const begins = (heights[i - 1] ?? null) === null
      return [begins ? `M${i * BIN} ${y}` : `V${y}`, `h${BIN}`]
    })
    .join('')
}
