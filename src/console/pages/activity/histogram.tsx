/** The bars of a span of time: what was accepted, and on it what was refused. Each leads to its time, and a stretch can be dragged over. */
import type { FC } from 'hono/jsx'
import { toInstant } from '../../../platform/time.ts'
import { wallClock } from '../../messages/time.ts'
import { listAddress } from '../address.ts'
import { Clock } from '../charts/chart.tsx'
import type { Mark } from '../charts/marks.ts'
import { startOf } from '../charts/series.ts'
import { useView } from '../view.ts'
import { type Bars, sumOf } from './bars.ts'

const HEIGHT = 100
const BAR = 10

interface HistogramProps {
  readonly path: string
  readonly query: URLSearchParams
  readonly bars: Bars
  readonly marks: readonly Mark[]
  /** Says which filters the bars leave out. */
  readonly note: string | false
}

export const Histogram: FC<HistogramProps> = ({ path, query, bars, marks, note }) => {
  const { timeline, accepted, refused } = bars
  const { nowMs, preferences } = useView()
  const { firstMs, stepMs, count } = timeline
  const valuesAt = (i: number) => [accepted?.[i] ?? 0, refused?.[i] ?? 0] as const
  const all = Array.from({ length: count }, (_, i) => valuesAt(i))
  const top = Math.max(1, ...all.map(([a, b]) => a + b))
  const heightOf = (value: number) => (value === 0 ? 0 : Math.max(2, Math.round((value / top) * HEIGHT)))
  const words = (a: number | undefined, b: number | undefined) =>
    [
      a !== undefined && `${a.toLocaleString('en')} accepted`,
      b !== undefined && `${b.toLocaleString('en')} refused`,
    ]
      .filter(Boolean)
      .join(', ')
  const says = (i: number): string => {
    const [day, clock] = wallClock(startOf(timeline, i), preferences.zone)
    const [a, b] = valuesAt(i)
    return `${day} ${clock.slice(0, 5)}: ${words(accepted && a, refused && b)}`
  }
  const inAll = words(accepted && sumOf(accepted), refused && sumOf(refused))
  return (
    <figure class="histogram">
      <div class="area" data-zooms data-first={firstMs} data-step={stepMs} data-count={count}>
        <svg
          viewBox={`0 0 ${count * BAR} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="group"
          aria-label={`By the ${stepMs > 3_600_000 ? 'six hours' : 'hour'}: ${inAll}`}
        >
          {marks.map(({ kind, from, to }) => (
            <rect class={kind} x={from * BAR} y="0" width={(to - from) * BAR} height={HEIGHT} />
          ))}
          {all.map(([a, b], i) => {
            const [low, high] = [heightOf(a), heightOf(b)]
            const [from, to] = [startOf(timeline, i), Math.min(nowMs, startOf(timeline, i + 1))]
            return (
              <a
                href={listAddress(path, query, { from: toInstant(from), to: toInstant(to), zone: '' })}
                tabindex={-1}
                aria-label={says(i)}
              >
                <title>{says(i)}</title>
                <rect class="hit" x={i * BAR} y="0" width={BAR} height={HEIGHT} />
                <rect class="bars" x={i * BAR + 1} y={HEIGHT - low} width={BAR - 2} height={low} />
                <rect class="failed" x={i * BAR + 1} y={HEIGHT - low - high} width={BAR - 2} height={high} />
              </a>
            )
          })}
        </svg>
      </div>
      <figcaption class="times soft">
        <Clock at={firstMs} />
        <span>
          {inAll}
          {note !== false && `, ${note}`}
        </span>
        {startOf(timeline, count) > nowMs ? <span>now</span> : <Clock at={startOf(timeline, count)} />}
      </figcaption>
    </figure>
  )
}
