/** Compares an answer of the API with that of an earlier version: fields may be added, and none may be lost or changed. */

interface TimeDependent {
  readonly route: RegExp
  /** Of the place in the answer, such as `destinations[].delivery.state`. */
  readonly field: RegExp
  /** How long after the recording it is the same. */
  readonly sameForDays: number
  readonly why: string
}

/** All that may differ because time has passed, because the state was opened, or because a release says so. */
const TIME_DEPENDENT: readonly TimeDependent[] = [
  changes(/^\/api\/audit\/(?:lines|verify)$/, /^(?:head|lines$)/, 0, 'reading adds lines'),
  changes(/^\/api\/health$/, /^(?:now|queue|watch|findings|parts\[\]\.bytes)$/, 0, 'says how it is now'),
  changes(/^\/api\/health$/, /^(?:growth|drills)\.problems$/, 0, '`findings` say it since 0.4.0'),
  changes(/^\/api\/health$/, /^growth\.archive\./, 0, 'what waited is archived'),
  changes(/^\/api\/health$/, /^growth\.bytes$/, 0, 'migrations add tables'),
  changes(/^\/api\/health$/, /^growth\.events_a_day$/, 1, 'says how many came lately'),
  changes(/^\/api\/health$/, /^retrying/, 14, 'a queue keeps a message for two weeks'),
  changes(/^\/api\/counters$/, /^refusals/, 1, 'refusals are counted for 25 hours'),
  changes(/\/capture/, /^/, 0, 'a capture is deleted after an hour'),
  changes(/^\/api\/tokens$/, /\.last_used_at$/, 0, 'a token is used'),
  changes(/^\/api\/tokens$/, /^/, 90, 'a revoked token is listed for 90 days'),
  changes(/^\/api\/sessions$/, /^/, 0, 'a session ends after hours'),
  changes(/^\/api\/sources/, /secrets.*\.state$/, 1, 'a replaced secret ends after a day'),
  changes(/^\/api\/sources/, /rotations.*\.state$/, 1, 'a secret is due some day'),
  changes(/^\/api\/destinations/, /secrets.*\.state$/, 1, 'a replaced secret ends after a day'),
  changes(/^\/api\/destinations(?:\/\{name\})?$/, /\bdelivery\b/, 0, 'a destination goes on'),
  changes(/^\/api\/destinations\/\{name\}\/waiting$/, /^/, 0, 'what waited is sent'),
  changes(/^\/api\/destinations\/\{name\}\/attempts$/, /^/, 7, 'attempts are stored for seven days'),
  changes(/^\/api\/destinations\/\{name\}\/dead-letters$/, /^/, 0, 'is `/given-up` since 0.4.0'),
  changes(/^\/api\/channels/, /(?:^|\.)status\b/, 0, 'a channel is sent what was due'),
  changes(/^\/api\/incidents/, /(?:^|\.)(?:state|updated_at|resolved_at|headline)$/, 0, 'the watch goes on'),
  changes(/^\/api\/incidents/, /(?:^|\.)(?:risk|actions|advice)\b/, 0, 'says what is left to do now'),
  changes(/^\/api\/containments$/, /^/, 30, 'a containment is listed for 30 days after its end'),
  changes(/^\/api\/sources\/\{name\}\/signals$/, /^/, 0, 'signals of the last hours'),
  changes(/^\/api\/retention$/, /^kinds/, 0, 'says what goes tonight'),
  // Of `postern export` the route is empty. The level itself is compared as `/api/sources` has it.
  changes(
    /^(?:\/api\/configuration)?$/,
    /^sources\.[\w-]+\.(?:level|requireSourceIp)$/,
    0,
    'if it was not chosen, it is not exported since 0.4.0',
  ),
  changes(/^\/api\/assessments/, /^/, 0, 'reports of assessments are not kept since 0.4.0'),
  changes(/^\/api\/incidents/, /findings\[\]\.evidence$/, 0, 'counts are sentences of English since 0.4.0'),
  changes(/^\/api\/incidents/, /(?:^|\.)(?:current|worst)\.at$/, 0, 'the watch goes on'),
  changes(/^\/api\/incidents/, /findings\[\]\.(?:since|\w+_at)$/, 0, 'what lasts is found again'),
]

function changes(route: RegExp, field: RegExp, sameForDays: number, why: string): TimeDependent {
  return { route, field, sameForDays, why }
}

const DAY_MS = 86_400_000

const isTimeDependent = (route: string, field: string, ageMs: number): boolean =>
  TIME_DEPENDENT.some(
    (one) => one.route.test(route) && one.field.test(field) && ageMs >= one.sameForDays * DAY_MS,
  )

/** Fields by which an entry of a list is found again, the first that it has. */
const IDENTITIES = ['id', 'seq', 'number', 'name', 'request_id', 'event_id', 'recipient'] as const

/** Lost or changed values, each with its place. */
export function differences(route: string, recorded: unknown, today: unknown, ageMs: number): string[] {
  const compare = (before: unknown, now: unknown, place: string): string[] => {
    if (isTimeDependent(route, place, ageMs)) return []
    if (Array.isArray(before)) {
      if (!Array.isArray(now)) return [`${place} is no list`]
      return before.flatMap((entry) => compareEntry(entry, now, `${place}[]`))
    }
    if (!isRecord(before))
      return Object.is(before, now) ? [] : [`${place}: ${JSON.stringify(before)} → ${JSON.stringify(now)}`]
    if (!isRecord(now)) return [`${place} is no object`]
    return Object.entries(before).flatMap(([name, value]) => {
      const field = place === '' ? name : `${place}.${name}`
      return isTimeDependent(route, field, ageMs) || Object.hasOwn(now, name)
        ? compare(value, now[name], field)
        : [`${field} is missing`]
    })
  }
  const compareEntry = (entry: unknown, now: readonly unknown[], place: string): string[] => {
    const identity = isRecord(entry) ? IDENTITIES.find((name) => Object.hasOwn(entry, name)) : undefined
    const same = now.filter(
      (one) =>
        isRecord(one) && isRecord(entry) && identity !== undefined && one[identity] === entry[identity],
    )
    const found = same.length === 1 ? same : now
    const all = found.map((one) => compare(entry, one, place))
    if (all.some((problems) => problems.length === 0)) return []
    return same.length === 1 ? (all[0] ?? []) : [`${place} is missing: ${JSON.stringify(entry)}`]
  }
  return compare(recorded, today, '')
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
