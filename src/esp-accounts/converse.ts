/**
 * Makes the requests of a conversation with an ESP's API: one at a time, at the pace that the ESP takes, within a budget an hour, and not
 * before the time that the ESP asked for. What the ESP says is in the result alone; of a refusal only the status is.
 */
import type { Account, ApiAnswer, ApiRequest, Conversation, Driver, Unreadable } from '../drivers/driver.ts'
import { CALLS_AN_HOUR, NO_ANSWER, REFUSED, UNREADABLE } from '../drivers/driver.ts'
import { keepsPath } from '../drivers/shared.ts'
import type { Deadlines } from '../outbound/deadlines.ts'
import { type HttpAnswer, post } from '../outbound/post.ts'
import { retryAfterSeconds } from '../outbound/retry-after.ts'
import { doubled } from '../platform/back-off.ts'
import { parseJsonText } from '../platform/json.ts'
import { SealBroken } from '../platform/seal.ts'
import { HOUR_MS, unixSeconds } from '../platform/time.ts'
import type { EspRefusal } from './api.ts'
import { PASSING } from './words.ts'

/** An account that can be asked. */
export interface Conversable {
  readonly driver: Driver
  /** Opens the key. @throws {SealBroken} */
  readonly open: () => Promise<Account>
}

export type Conversed<Result> = { readonly ok: true; readonly result: Result } | EspRefusal

export interface ConverseOptions {
  /** Bytes of an answer, at most. Absent: {@link ANSWER_MAX_BYTES}. */
  readonly maxBytes?: number
  /** The hourly check and what a person waits for have calls left if a long run has used up the budget. */
  readonly isUrgent?: boolean
}

export type Converse = <Result>(
  account: Conversable,
  begin: (account: Account) => Conversation<Result>,
  options?: ConverseOptions,
) => Promise<Conversed<Result>>

interface Deps {
  readonly storage: Pick<DurableObjectStorage, 'kv'>
  readonly fetch: typeof fetch
  readonly deadlines: Deadlines
  readonly nowMs: () => number
  readonly pause: (ms: number) => Promise<void>
}

/** Calls so far, and the place in time that the ESP has asked for. It survives the object. */
interface Pace {
  readonly hour: number
  readonly calls: number
  readonly notBeforeMs: number
  /** Answers in a row that asked for time. */
  readonly limited: number
}

/** For a page of events or suppressions. */
export const ANSWER_MAX_BYTES = 8 * 1_048_576
const URGENT_CALLS = 60
/** No conversation needs so many: an ESP that leads on and on is left. */
export const REQUESTS_MAX = 100
const DEADLINE_MS = 10_000
/** After a 429 without `Retry-After`; it doubles up to an hour. So does the least time with it: some say 0 for as long as they are down. */
const LIMITED_MS = 60_000
const LEAST_MS = 1_000
const LONGEST_WAIT_MS = 86_400_000
const PACE_KEY = 'esp_pace'
const NO_PACE: Pace = { hour: 0, calls: 0, notBeforeMs: 0, limited: 0 }

const refused = (code: EspRefusal['code'], status: number | null = null, untilMs: number | null = null) =>
  ({ ok: false, code, status, untilMs }) as const

export function converser(deps: Deps): Converse {
  const { nowMs } = deps
  let last: Promise<unknown> = Promise.resolve()
  let freeAtMs = 0
  const pace = (): Pace => deps.storage.kv.get<Pace>(PACE_KEY) ?? NO_PACE
  const keep = (changes: Partial<Pace>) => deps.storage.kv.put(PACE_KEY, { ...pace(), ...changes })

  async function ask(request: ApiRequest, driver: Driver, options: ConverseOptions) {
    if (freeAtMs > nowMs()) await deps.pause(freeAtMs - nowMs())
    const hour = Math.floor(nowMs() / HOUR_MS)
    const { notBeforeMs, ...before } = pace()
    if (notBeforeMs > nowMs()) return refused('rate_limited', null, notBeforeMs)
    const calls = before.hour === hour ? before.calls : 0
    const { callsAnHour = CALLS_AN_HOUR } = driver
    if (calls >= callsAnHour + (options.isUrgent === true ? URGENT_CALLS : 0))
      return refused('over_budget', null, (hour + 1) * HOUR_MS)
    freeAtMs = nowMs() + 1_000 / driver.perSecond
    keep({ hour, calls: calls + 1 })
    const posted = await post(
      {
        ...request,
        hostname: null,
        body: request.body ?? null,
        timeoutMs: DEADLINE_MS,
        wholeMaxBytes: options.maxBytes ?? ANSWER_MAX_BYTES,
      },
      { fetch: deps.fetch, deadlines: deps.deadlines, checkHost: async () => 'public' },
    )
    if (posted.kind === 'none') return refused('unavailable')
    const { status, text, isTooLarge } = posted
    if (isTooLarge === true) return refused('too_large', status)
    const meaning = meaningOf(posted, driver)
    const isRead = meaning === undefined && request.alsoRead?.includes(status) === true
    if ((status >= 200 && status < 300) || isRead) {
      if (before.limited > 0) keep({ limited: 0 })
      return { status, text, json: parseJsonText(text) } satisfies ApiAnswer
    }
    return judged(posted, meaning, driver, before.limited)
  }

  /** Keeps the time that the ESP asks for. */
  function judged(
    { status, headers }: HttpAnswer,
    meaning: EspRefusal['code'] | undefined,
    driver: Driver,
    limited: number,
  ): EspRefusal {
    const code = meaning ?? codeOf(status)
    const isLimited = code === 'rate_limited'
    // Some tell when a limit ends in every answer.
    const ends = isLimited ? limitEndsIn(headers, driver, nowMs()) : null
    const seconds = retryAfterSeconds(headers, nowMs()) ?? ends
    if (!isLimited && (code !== 'unavailable' || seconds === null)) return refused(code, status)
    const leastMs = doubled(seconds === null ? LIMITED_MS : LEAST_MS, HOUR_MS, limited + 1)
    const waitMs = Math.max(leastMs, (seconds ?? 0) * 1_000)
    const notBeforeMs = nowMs() + Math.min(waitMs, LONGEST_WAIT_MS)
    keep({ notBeforeMs, limited: limited + 1 })
    return refused(code, status, notBeforeMs)
  }

  return async ({ driver, open }, begin, options = {}) => {
    let account: Account
    try {
      account = await open()
    } catch (cause) {
      if (cause instanceof SealBroken) return refused('key_unreadable')
      throw cause
    }
    // A document of an earlier version may name one that no host has.
    if (driver.regionForm?.test(account.settings.region ?? '') === false) return refused('not_found')
    const talk = begin(account)
    let site: string | undefined
    let step = stepOf(() => talk.next())
    for (let requests = 0; step !== UNREADABLE && step.done !== true; requests++) {
      const { value: request } = step
      // Nothing that an ESP answers sends the key to another host.
      const to = siteOf(request.url)
      if (requests >= REQUESTS_MAX || to === undefined || to !== (site ??= to)) return refused('unreadable')
      if (!keepsPath(request.url)) return refused('refused')
      const signed = (await driver.sign?.(request, { ...account, nowMs: nowMs() })) ?? request
      if (!canCarry(signed.headers)) return refused('key_refused')
      const mine = last.then(() => ask(signed, driver, options))
      last = mine.catch(() => undefined)
      const answer = await mine
      if ('ok' in answer && !(request.endsPart === true && PASSING.has(answer.code))) return answer
      step = stepOf(() => talk.next('ok' in answer ? NO_ANSWER : answer))
    }
    if (step !== UNREADABLE && step.value === REFUSED) return refused('refused')
    return step === UNREADABLE || step.value === UNREADABLE
      ? refused('unreadable')
      : { ok: true, result: step.value }
  }
}

const CODES: Readonly<Record<number, EspRefusal['code']>> = {
  401: 'key_refused',
  403: 'key_too_weak',
  404: 'not_found',
  429: 'rate_limited',
}

const codeOf = (status: number): EspRefusal['code'] =>
  CODES[status] ?? (status >= 500 ? 'unavailable' : 'refused')

/** Of an error's name no more is read. */
const NAME_MAX = 4_096

function meaningOf({ status, headers, text }: HttpAnswer, { answers = [] }: Driver) {
  const named = `${headers.get('x-amzn-errortype') ?? ''} ${text.slice(0, NAME_MAX)}`
  return answers.find((one) => one.status === status && one.says.test(named))?.means
}

function limitEndsIn(headers: HttpAnswer['headers'], { limitEnds }: Driver, nowMs: number): number | null {
  const value = limitEnds && unixSeconds(headers.get(limitEnds.header))
  if (value === undefined) return null
  return limitEnds?.as === 'unix' ? Math.max(0, value - Math.floor(nowMs / 1_000)) : value
}

/** An answer of a form that a driver did not expect must not end the object's run. */
function stepOf<Step>(next: () => Step): Step | Unreadable {
  try {
    return next()
  } catch {
    return UNREADABLE
  }
}

/** Whether a request can carry these. A key that was pasted with a line break or a mark without width is in none. */
function canCarry(headers: ApiRequest['headers']): boolean {
  try {
    return Boolean(new Headers(headers))
  } catch {
    return false
  }
}

/** The last two labels of the host of an address that may be asked; SES has several hosts in one. */
function siteOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const { protocol, hostname, port, username, password } = new URL(url)
  const isPlain = protocol === 'https:' && port === '' && username === '' && password === ''
  return isPlain && /[a-z]$/.test(hostname) ? hostname.split('.').slice(-2).join('.') : undefined
}
