/** One series as a small chart, drawn on the server: the pages run no script. Colors are in the style sheet. */
import type { FC } from 'hono/jsx'
import { MINUTE_MS, toInstant } from '../../../platform/time.ts'
import type { Bin } from './bins.ts'
import type { Series } from './series.ts'

/** A time in which an incident lasted, in bins from the first one on. */
export interface Mark {
  readonly from: number
  readonly to: number
}

const HEIGHT = 100
/** A bin is so many units wide. The picture is stretched to the room that there is. */
const BIN = 10

interface ChartProps {
  readonly series: Series
  readonly bins: readonly Bin[]
  readonly marks: readonly Mark[]
}

export const Chart: FC<ChartProps> = ({ series: { id, title, form, top, text }, bins, marks }) => {
  const values = bins.map((bin) => bin[id] ?? null)
  const highest = Math.max(0, ...values.map((value) => value ?? 0))
  const scale = top ?? (highest === 0 ? 1 : highest)
  const heights = values.map((value) => (value === null ? null : (value / scale) * HEIGHT))
  const isEmpty = values.every((value) => value === null)
  const most = isEmpty ? 'not known' : `highest ${text(highest)}`
  return (
    <figure class="chart">
      <figcaption>
        {title} <span class="soft">{most}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${bins.length * BIN} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: ${most}. The table below has all values.`}
      >
        {marks.map(({ from, to }) => (
          <rect class="mark" x={from * BIN} y="0" width={(to - from) * BIN} height={HEIGHT} />
        ))}
        <path class={form} d={form === 'bars' ? barsOf(heights) : lineOf(heights)} />
      </svg>
      <div class="times soft" aria-hidden="true">
        <span>{timeText(bins[0]?.minute)}</span>
        <span>{timeText(bins[bins.length >> 1]?.minute)}</span>
        <span>now</span>
      </div>
    </figure>
  )
}

const number = (value: number): string => value.toFixed(1)

function barsOf(heights: readonly (number | null)[]): string {
  return heights
    .flatMap((height, i) =>
      height === null || height === 0
        ? []
        : [`M${i * BIN + 1} ${HEIGHT}V${number(HEIGHT - height)}h${BIN - 2}V${HEIGHT}z`],
    )
    .join('')
}

/** A step for each bin, so that one alone is seen, too. What is not known is a gap. */
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

/** `27 Nov 14:00`, in UTC. */
const timeText = (minute = 0): string =>
  toInstant(minute * MINUTE_MS)
    .slice(5, 16)
    .replace('T', ' ')

/** The bins in which something lasted; undefined if it was over before the first one. */
export function markOf(
  bins: readonly Bin[],
  binMinutes: number,
  sinceMs: number,
  endedMs: number | null,
): Mark | undefined {
  const first = bins[0]?.minute ?? 0
  const at = (ms: number): number => (ms / MINUTE_MS - first) / binMinutes
  const to = Math.min(bins.length, endedMs === null ? bins.length : Math.ceil(at(endedMs)))
  const from = Math.max(0, Math.floor(at(sinceMs)))
  return to <= from ? undefined : { from, to }
}
