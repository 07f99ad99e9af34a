/** Sends what an adapter composed: one try, with a deadline. */
import { type PostDeps, post } from '../outbound/post.ts'
import { type DestinationRules, destinationUrlProblems, hostOf } from '../platform/outbound-url.ts'
import type { Adapter, Answer, Mail, NoAnswer, Outgoing, Target } from './adapter.ts'
import { type Outcome, judge } from './judge.ts'
import type { Notice } from './notice.ts'

/** The part of Cloudflare's `SendEmail` that is used. */
export interface MailBinding {
  send(mail: Mail): Promise<{ readonly messageId: string }>
}

export interface SendDeps extends PostDeps {
  /** Undefined if this installation has no such binding. */
  readonly mail: MailBinding | undefined
  /** Which URLs of the operator may be called. */
  readonly rules: DestinationRules
  readonly nowMs: () => number
  /** How long one message may take. */
  readonly deadlineMs?: number
}

/** Channels answer within a second or two. */
const DEADLINE_MS = 10_000

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
  const timeoutMs = deps.deadlineMs ?? DEADLINE_MS
  if (message.via === 'mail')
    return (await deps.deadlines.within(timeoutMs, () => sendMail(message.mail, deps))) ?? none('timeout')
  const { url, isOperatorsHost } = message
  if (isOperatorsHost && destinationUrlProblems(url, deps.rules).length > 0) return none('url_forbidden')
  return post({ ...message, hostname: isOperatorsHost ? hostOf(url) : null, timeoutMs }, deps)
}

const none = (reason: NoAnswer): Answer => ({ kind: 'none', reason })

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
