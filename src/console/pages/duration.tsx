/** A choice of how long something lasts, the same wherever a person is asked. */
import type { FC } from 'hono/jsx'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../platform/time.ts'
import { durationWords } from '../../platform/settings.ts'
import type { ConsoleContext } from '../context.ts'
import { SelectField, field } from './form.tsx'
import { optionsOf } from './options.ts'

/** In seconds. */
const OFFERED: readonly number[] = [15 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS].map((ms) => ms / 1_000)

export const Duration: FC<{ label: string }> = ({ label }) => (
  <SelectField
    name="seconds"
    label={label}
    required
    options={optionsOf(OFFERED.map(String), (one) => durationWords(Number(one)))}
  />
)

/** The chosen length, in seconds; NaN if the form has no number there, which every route of the API refuses. */
export const secondsIn = (c: ConsoleContext): number => Number(field(c, 'seconds') || Number.NaN)
