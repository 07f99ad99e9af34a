/** Asks the console what a file would change, and prints it. */
import { configurationRoutes } from '../api/configuration.ts'
import type { Configured } from '../console/configuration-secrets.ts'
import { type Planned, changesIn, detailLines, summaryLines } from '../console/messages/configuration.ts'
import { visibleText } from '../platform/visible.ts'
import type { Paint } from './command.ts'
import type { Api } from './connection/api.ts'
import { Stop } from './stop.ts'

export interface Wish extends Configured {
  readonly prune: boolean
  /** Null for a plan only; else the version that the plan was made against. */
  readonly applyAt: number | null
}

/** The console understands the file not at all, or some documents of it not. */
const INVALID = new Set(['body_invalid', 'configuration_invalid'])
/** Thousands of sources take longer than a call usually does. */
const DEADLINE_MS = 120_000

/** A file that the console does not understand is a usage error: 1 says that it differs. */
export const planned = (
  api: Api,
  { sources, destinations, channels, retention, policy, prune, applyAt }: Wish,
  headers: Readonly<Record<string, string | undefined>> = {},
): Promise<Planned> =>
  api
    .call(configurationRoutes.applyConfiguration, {
      body: {
        sources,
        destinations,
        channels,
        retention,
        policy,
        prune,
        dry_run: applyAt === null,
        expected_version: applyAt,
      },
      headers,
      deadlineMs: DEADLINE_MS,
      ...(applyAt === null ? {} : { once: true as const }),
    })
    .catch((cause: unknown) => {
      if (!(cause instanceof Stop) || !INVALID.has(cause.code)) throw cause
      throw new Stop('usage', cause.code, cause.message, cause.more)
    })

const MARKS = {
  created: ['+', 'green'],
  changed: ['~', 'yellow'],
  removed: ['-', 'red'],
} as const

/** One block for each source, destination and channel that changes, then how many do not. */
export function planLines(plan: Planned, paint: Paint): string[] {
  const lines = changesIn(plan).flatMap((one) => {
    const [mark, color] = MARKS[one.change]
    return [
      paint(color, `${mark} ${visibleText(one.name)}  ${one.change}`),
      ...detailLines(one).map((line) => `    ${visibleText(line)}`),
    ]
  })
  return [...lines, ...summaryLines(plan).map((line) => visibleText(line))]
}
