/** The console and all that it stands on, as its health says. */
import { type Health, healthRoutes } from '../../api/health.ts'
import { bytesText } from '../../platform/bytes-text.ts'
import type { Api } from '../connection/api.ts'
import { Stop } from '../stop.ts'
import { type Finding, note, ok, wrong } from './finding.ts'

/** The clocks of sender and Worker decide whether a signature is fresh. */
const SKEW_MAX_SECONDS = 30

/** Findings of one kind that are printed. More would hide what else is wrong. */
const OF_A_KIND_MAX = 10

/** The answer of the health route, or the finding that there is none. */
export async function consoleHealth(api: Api): Promise<Health | Finding> {
  try {
    return await api.call(healthRoutes.getHealth)
  } catch (cause) {
    if (!(cause instanceof Stop)) throw cause
    return wrong(
      'console',
      cause.message,
      ADVICE[cause.code] ?? 'Look at the log of the console: npx wrangler tail postern-console.',
    )
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  not_reached: 'Check the URL, and whether the console is deployed: npm run deploy.',
  token_wrong: 'Get a token from an administrator, and run postern login.',
  token_revoked: 'Get another token from an administrator, and log in anew: postern login.',
  token_expired: 'Get another token from an administrator, and log in anew: postern login.',
  token_missing: 'Run postern login.',
  not_set_up:
    'Set what it names, with npx wrangler secret put or in src/console/wrangler.toml, and deploy again.',
  scope_too_narrow: 'Examine with a token that is not for some sources alone.',
}

/** @param nowMs by the clock of this machine, when the answer came */
export function healthFindings(health: Health, nowMs: number): Finding[] {
  const { growth, parts, watch } = health
  return [
    ok('console', 'It answers, and knows the token.'),
    clock('clock of the console', Date.parse(health.now), nowMs),
    ...parts
      .filter(({ fault }) => fault === null)
      .map(({ part, bytes }) =>
        ok(part, bytes ? `It answers. It stores ${bytesText(bytes)}, of 10 GB at most.` : 'It answers.'),
      ),
    ...(watch === null
      ? []
      : [ok('watch', `It is ${watch.minutes_behind} min behind. Open incidents: ${watch.open_incidents}.`)]),
    ...(growth === null
      ? []
      : [
          ok(
            'store',
            `${bytesText(growth.bytes)} of ${bytesText(growth.limit_bytes)}, ${growth.events} events, ${growth.events_a_day} more a day.`,
          ),
        ]),
    ...listed(health),
  ]
}

/** The console says what is wrong and what to do. One of a version before says nothing of it. */
function listed({
  findings,
  findings_left_out: leftOut,
}: Partial<Pick<Health, 'findings' | 'findings_left_out'>>): Finding[] {
  if (findings === undefined)
    return [wrong('console', 'It is older than this command, and lists no findings.', 'npm run deploy.')]
  const shown = [...Map.groupBy(findings, ({ kind }) => kind).values()].flatMap((ones) => [
    ...ones.slice(0, OF_A_KIND_MAX).map(told),
    ...(ones.length <= OF_A_KIND_MAX
      ? []
      : [
          note(
            ones[0]?.kind ?? '',
            `${ones.length - OF_A_KIND_MAX} more of this kind: ${ones[0]?.title}.`,
            'GET /api/health lists them.',
          ),
        ]),
  ])
  if (leftOut === undefined || leftOut === 0) return shown
  return [
    ...shown,
    note('findings', `${leftOut} more are not listed.`, 'Mend those that are, and ask again.'),
  ]
}

const told = ({
  kind,
  subject,
  source,
  level,
  says,
  todo,
  incident,
}: Health['findings'][number]): Finding => ({
  part: [kind, subject ?? source].filter((word) => word !== null).join(' '),
  level,
  says: `${says}.`,
  todo: [todo[0], incident === null ? undefined : `postern incidents show ${incident} says more.`]
    .filter((one) => one !== undefined)
    .join(' '),
})

export function clock(part: string, thereMs: number, hereMs: number): Finding {
  const seconds = Math.round((thereMs - hereMs) / 1_000)
  if (Number.isNaN(seconds)) return note(part, 'It tells no time.')
  return Math.abs(seconds) <= SKEW_MAX_SECONDS
    ? ok(part, `It differs from this machine's by ${Math.abs(seconds)} s.`)
    : wrong(
        part,
        `It is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine's.`,
        "Set this machine's clock by NTP: Cloudflare's is right.",
      )
}
