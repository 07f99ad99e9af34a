/** Sends what an adapter composed: one try, with a deadline. A redirect is not followed. */
import { beginningOf } from '../platform/beginning-of.ts'
import type { HostVerdict } from '../platform/dns-check.ts'
import { NothingListens, connected } from '../platform/no-connection.ts'
import { type DestinationRules, destinationUrlProblems, hostOf } from '../platform/outbound-url.ts'
import type { Adapter, Answer, HttpMessage, Mail, NoAnswer, Outgoing, Target } from './adapter.ts'
import { type Outcome, judge } from './judge.ts'
import type { Notice } from './notice.ts'

/** The part of Cloudflare's `SendEmail` that is used. */
export interface MailBinding {
  send(mail: Mail): Promise<{ readonly messageId: string }>
}

export interface SendDeps {
  readonly fetch: typeof fetch
  /** Undefined if this installation has no such binding. */
  readonly mail: MailBinding | undefined
  readonly checkHost: (hostname: string) => Promise<HostVerdict>
  /** Which URLs of the operator may be called. */
  readonly rules: DestinationRules
  readonly nowMs: () => number
  /** How long one message may take. */
  readonly deadlineMs?: number
}

/** Channels answer within a second or two. */
const DEADLINE_MS = 10_000

const ANSWER_MAX_BYTES = 4_096

/** How one message ended, for all notices that it carried. */
export interface SendResult {
  readonly notices: readonly Notice[]
  readonly outcome: Outcome
  /** Whether it was sent, or an earlier message of the same call had failed. */
  readonly wasTried: boolean
}

/**
 * Sends notices to one channel, in as many messages as its kind takes, one after the other. After the first failure, the remaining
 * messages fail with the same error and without a request. Never throws because of a channel: its failures are outcomes.
 *
 * @param notices at least one, the most important first
 * @throws {Error} if the channel was saved without a secret that its kind needs
 */
export async function sendNotices(
  notices: readonly Notice[],
  adapter: Adapter,
  target: Target,
  deps: SendDeps,
): Promise<SendResult[]> {
  const messages = await adapter.compose(notices, target, deps.nowMs())
  const results: SendResult[] = []
  let failed: Outcome | undefined
  for (const message of messages) {
    const { notices } = message
    const outcome = failed ?? judge(await answerTo(message, deps), adapter.answers, deps.nowMs())
    results.push({ notices, outcome, wasTried: failed === undefined })
    if (outcome.result !== 'delivered') failed = outcome
  }
  return results
}

async function answerTo(message: Outgoing, deps: SendDeps): Promise<Answer> {
  const abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => {
      resolve(none('timeout'))
      abort.abort()
    }, deps.deadlineMs ?? DEADLINE_MS)
  })
  try {
    const answer = message.via === 'mail' ? sendMail(message.mail, deps) : post(message, deps, abort.signal)
    return await Promise.race([answer, timeout])
  } finally {
    clearTimeout(timer)
  }
}

const none = (reason: NoAnswer): Answer => ({ kind: 'none', reason })

const HOSTS: Readonly<Record<HostVerdict, NoAnswer | null>> = {
  public: null,
  private: 'host_private',
  no_answer: 'host_unknown',
}

/** Never rejects, since nobody waits for it after the deadline. */
async function post(message: HttpMessage, deps: SendDeps, signal: AbortSignal): Promise<Answer> {
  const { url, headers, body, isOperatorsHost } = message
  // The runtime's fetch refuses to be called as a method of another object.
  const { fetch } = deps
  try {
    if (isOperatorsHost) {
      if (destinationUrlProblems(url, deps.rules).length > 0) return none('url_forbidden')
      const problem = HOSTS[await deps.checkHost(hostOf(url))]
      if (problem !== null) return none(problem)
    }
    const response = connected(
      await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal }),
    )
    const text = await beginningOf(response, ANSWER_MAX_BYTES)
    return { kind: 'answer', status: response.status, headers: response.headers, text }
  } catch (cause) {
    // Its message may hold the URL, which can be a secret.
    return none(cause instanceof NothingListens ? 'nothing_listens' : 'unreachable')
  }
}

async function sendMail(mail: Mail, { mail: binding }: SendDeps): Promise<Answer> {
  if (binding === undefined) return none('no_mail_binding')
  try {
    const { messageId } = await binding.send(mail)
    return { kind: 'mailed', messageId }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    return { kind: 'mail_failed', code: typeof code === 'string' ? code : null }
  }
}
