/** Bars of the last 24 hours inside a row of a list, with the number beside them. */
import type { FC } from 'hono/jsx'
import { Nothing } from '../components.tsx'

const HEIGHT = 20
const BIN = 4

interface SparklineProps {
  /** By hour, the oldest first; undefined if they could not be read. */
  readonly values: readonly number[] | undefined
  /** The part of each that failed. */
  readonly bad?: readonly number[]
  /** Says what is counted: `events`. */
  readonly noun?: string
  readonly total: string
}

export const Sparkline: FC<SparklineProps> = ({ values, bad = [], noun, total }) => {
  if (values === undefined) return <Nothing />
  const top = Math.max(1, ...values)
  const bars = (of: readonly number[]) =>
    of
      .flatMap((value, i) =>
        value === 0
          ? []
          : [
              `M${i * BIN} ${HEIGHT}v-${Math.max(1, Math.round((value / top) * HEIGHT))}h${BIN - 1}V${HEIGHT}z`,
            ],
      )
      .join('')
  return (
    <span class="spark">
      <svg viewBox={`0 0 ${values.length * BIN} ${HEIGHT}`} aria-hidden="true">
        <path class="bars" d={bars(values)} />
        <path class="failed" d={bars(bad)} />
      </svg>{' '}
      <span>
        {total}
        {noun !== undefined && <span class="visually-hidden"> {noun} in 24 hours</span>}
      </span>
    </span>
  )
}
