/** ESPs that nobody has looked at for so long that no version should be released. */
import { DAY_MS } from '../src/platform/time.ts'
import { FRESHNESS } from '../src/providers/freshness.ts'

const DAYS_MAX = 365

/** A line for each. */
export const overdueLooks = (nowMs: number): string[] =>
  Object.entries(FRESHNESS)
    .filter(([, { lookedOn }]) => nowMs - Date.parse(lookedOn) > DAYS_MAX * DAY_MS)
    .map(
      ([name, { lookedOn, sources }]) =>
        `${name}: last looked at on ${lookedOn}. Compare src/providers/${name}.ts with ${sources.join(', ')}, and enter the day in src/providers/freshness.ts.`,
    )
