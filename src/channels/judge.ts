/** Meaning of an answer for the notices that were sent: the same rule for all channels. */
import type { HttpAnswer } from '../outbound/post.ts'
import { retryAfterSeconds } from '../outbound/retry-after.ts'
import type { Answer, AnswerRules, NoAnswer } from './adapter.ts'

export type Outcome =
  | {
      readonly result: 'delivered'
      /** Name that the channel gave the message; null if it gave none. */
      readonly reference: string | null
    }
  | {
      readonly result: 'retry'
      /** One sentence, without anything that the channel wrote. */
      readonly error: string
      readonly status: number | null
      /** Delay that the channel asks for; null if it names none. */
      readonly retryAfterSeconds: number | null
      /** Null for as many as there is time for. */
      readonly retriesMax: number | null
    }
  /** No try will succeed until somebody changes the channel. */
  | { readonly result: 'broken'; readonly error: string; readonly status: number | null }

/** Bounds for the delay that a server asks for. */
const RETRY_AFTER_MIN_SECONDS = 1
const RETRY_AFTER_MAX_SECONDS = 3_600

const RETRIED: ReadonlySet<number> = new Set([408, 425, 429])

export function judge(answer: Answer, rules: AnswerRules, nowMs: number): Outcome {
  if (answer.kind === 'answer') return judgeStatus(answer, rules, nowMs)
  if (answer.kind === 'mailed') return { result: 'delivered', reference: answer.messageId }
  return answer.kind === 'mail_failed' ? judgeMailError(answer.code) : NO_ANSWERS[answer.reason]
}

function judgeStatus(answer: HttpAnswer, rules: AnswerRules, nowMs: number): Outcome {
  const { status } = answer
  if (rules.isSuccess(answer)) return { result: 'delivered', reference: null }
  if (status >= 500 || RETRIED.has(status))
    return {
      result: 'retry',
      error: `The channel answered ${status}.`,
      status,
      retryAfterSeconds: waitOf(answer, rules, nowMs),
      retriesMax: null,
    }
  if (rules.retriesRefusals === true && status >= 400)
    return {
      result: 'retry',
      error: `The channel answered ${status}: check its URL, its secrets and its receiver.`,
      status,
      retryAfterSeconds: waitOf(answer, rules, nowMs),
      retriesMax: REFUSALS_RETRIED,
    }
  return { result: 'broken', error: brokenBy(status), status }
}

/** About 40 minutes of tries. The next notice is tried again, so the channel is not silent. */
const REFUSALS_RETRIED = 5

function brokenBy(status: number): string {
  if (status === 404 || status === 410)
    return `The channel answered ${status}: it was deleted. Create it anew and enter the new value.`
  if (status >= 300 && status < 400)
    return `The channel answered ${status}, a redirect, which is not followed: enter the final URL.`
  if (status === 401 || status === 403)
    return `The channel answered ${status}: it does not accept the secret. Enter the right one.`
  if (status < 300) return `The channel answered ${status}, but not as such a channel does: check its URL.`
  return `The channel answered ${status}: it does not accept the message. Check its settings and its kind.`
}

function waitOf(answer: HttpAnswer, rules: AnswerRules, nowMs: number): number | null {
  // Discord gives fractions of seconds.
  const header = retryAfterSeconds(answer.headers, nowMs, { mayHaveFractions: true })
  const asked = header ?? rules.waitSeconds?.(answer) ?? null
  if (asked !== null) return Math.min(Math.max(asked, RETRY_AFTER_MIN_SECONDS), RETRY_AFTER_MAX_SECONDS)
  return answer.status === 429 ? (rules.rateLimitSeconds ?? null) : null
}

const retry = (error: string, retryAfterSeconds: number | null = null, retriesMax: number | null = null) =>
  ({ result: 'retry', error, status: null, retryAfterSeconds, retriesMax }) as const

const broken = (error: string) => ({ result: 'broken', error, status: null }) as const

const NO_ANSWERS: Readonly<Record<NoAnswer, Outcome>> = {
  timeout: retry('The channel did not answer in time.'),
  unreachable: retry(
    'The channel could not be reached: check its host name, its certificate and that it listens.',
  ),
  nothing_listens: retry('Nothing listens at the address of the channel.'),
  host_unknown: retry('The host name has no address, or the name server did not answer.'),
  host_private: broken('The host name leads to a private address, so nothing was sent.'),
  url_forbidden: broken('The URL may not be called from this installation, so nothing was sent: change it.'),
  no_mail_binding: broken('The consumer has no binding that sends mail: see docs/channels.md.'),
}

const DAY_SECONDS = 86_400

/** All other codes are final: https://developers.cloudflare.com/email-service/api/send-emails/workers-api/#error-codes */
const MAIL_RETRIES: Readonly<Record<string, Outcome>> = {
  E_RATE_LIMIT_EXCEEDED: retry('Cloudflare limits the rate of mails (E_RATE_LIMIT_EXCEEDED).'),
  E_INTERNAL_SERVER_ERROR: retry('Cloudflare could not send the mail (E_INTERNAL_SERVER_ERROR).'),
  E_DELIVERY_FAILED: retry('The mail could not be delivered (E_DELIVERY_FAILED).', null, 2),
  E_DAILY_LIMIT_EXCEEDED: retry('No more mails can be sent today (E_DAILY_LIMIT_EXCEEDED).', DAY_SECONDS),
}

function judgeMailError(code: string | null): Outcome {
  if (code === null) return retry('The mail could not be sent.')
  const known = Object.hasOwn(MAIL_RETRIES, code) ? MAIL_RETRIES[code] : undefined
  const named = /^E_[A-Z_]{1,40}$/.test(code) ? ` (${code})` : ''
  return known ?? broken(`Cloudflare refused the mail${named}: check its addresses.`)
}
