/** A choice of how long something lasts, the same wherever a person is asked. */
import type { Child, FC } from 'hono/jsx'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../platform/time.ts'
import { durationWords } from '../../platform/settings.ts'
import type { ConsoleContext } from '../context.ts'
import { SelectField, field } from './form.tsx'
import { optionsOf } from './options.ts'

/** Lengths that are offered if a page offers no others, in seconds. */
const OFFERED: readonly number[] = [15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, DAY_MS].map((ms) => ms / 1_000)

interface DurationProps {
  readonly name?: string
  readonly label: string
  readonly hint?: Child
  /** In seconds. */
  readonly offered?: readonly number[]
}

export const Duration: FC<DurationProps> = ({ name = 'seconds', offered = OFFERED, ...shown }) => (
  <SelectField
    {...shown}
    name={name}
    required
    options={optionsOf(offered.map(String), (one) => durationWords(Number(one)))}
  />
)

/** The chosen length, in seconds; NaN if the form has no number there, which every route of the API refuses. */
export const secondsIn = (c: ConsoleContext, name = 'seconds'): number =>
  /^[0-9]{1,9}$/.test(field(c, name)) ? Number(field(c, name)) : Number.NaN
