/** Interface of an adapter: it turns notices into the requests that a channel wants, and interprets the answers. It does no I/O. */
import type * as v from 'valibot'
import type { HttpAnswer, Unanswered } from '../outbound/post.ts'
import type { Notice } from './notice.ts'

/** A channel with its secrets opened. */
export interface Target<Settings extends object = object> {
  readonly settings: Settings
  /** By slot. */
  readonly secrets: Readonly<Record<string, string>>
}

interface Carrying {
  /** The notices that this message carries. They succeed or fail together. */
  readonly notices: readonly Notice[]
}

export interface HttpMessage extends Carrying {
  readonly via: 'http'
  /** May hold a secret. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Whether the operator chose the host. Then it is resolved before each request. */
  readonly isOperatorsHost: boolean
}

/** The fields of `SendEmail.send`. */
export interface Mail {
  readonly from: string
  readonly to: string[]
  readonly subject: string
  readonly text: string
  readonly headers: Record<string, string>
}

export interface MailMessage extends Carrying {
  readonly via: 'mail'
  readonly mail: Mail
}

export type Outgoing = HttpMessage | MailMessage

/** Why there is no answer. */
export type NoAnswer = Unanswered | 'url_forbidden' | 'no_mail_binding'

/** How one try ended. */
export type Answer =
  | HttpAnswer
  | { readonly kind: 'none'; readonly reason: NoAnswer }
  | { readonly kind: 'mailed'; readonly messageId: string }
  /** `code` of the error that the binding threw; null if it had none. */
  | { readonly kind: 'mail_failed'; readonly code: string | null }

/** Meaning of a channel's answers, as far as it differs from other channels. */
export interface AnswerRules {
  readonly isSuccess: (answer: HttpAnswer) => boolean
  /** Seconds to wait, where the channel says so elsewhere than in `Retry-After`. */
  readonly waitSeconds?: (answer: HttpAnswer) => number | null
  /** Whether a 4xx is tried again as a 5xx is: of the operator's own host, which may be in the middle of a deployment. */
  readonly retriesRefusals?: boolean
  /** The wait after a 429 that says nothing. */
  readonly rateLimitSeconds?: number
}

/** One secret of a channel. */
export interface SecretSlot {
  readonly isRequired: boolean
  /** Meaning of the setting and where to find its value, for people. */
  readonly description: string
  /** One sentence that quotes nothing; undefined if the value is right. @param allowPrivate only under `npm start` */
  readonly problem: (value: string, allowPrivate: boolean) => string | undefined
}

export interface Adapter<Settings extends object = object> {
  /** The vendor's name, for people. */
  readonly label: string
  /** The settings that only this kind has. */
  readonly entries: v.ObjectEntries
  readonly secrets: Readonly<Record<string, SecretSlot>>
  /** Whether the channel knows which incidents are open. Then a resolved notice disturbs nobody and closes what may be open. */
  readonly keepsState: boolean
  /** How often an open incident has to be sent again, or the channel takes it for resolved. */
  readonly repeatSeconds?: number
  /** Seconds after the first try in which a notice is worth another one. */
  readonly giveUpAfterSeconds: number
  readonly answers: AnswerRules
  /** @param notices at least one, the most important first */
  compose(
    notices: readonly Notice[],
    target: Target<Settings>,
    nowMs: number,
  ): readonly Outgoing[] | Promise<readonly Outgoing[]>
}

const HOUR = 3_600
/** A chat message that is hours old is noise. */
export const CHAT_GIVE_UP_SECONDS = 2 * HOUR
/** A page is worth more tries. */
export const PAGER_GIVE_UP_SECONDS = 6 * HOUR

export const JSON_HEADERS = { 'content-type': 'application/json', 'user-agent': 'Postern' } as const

/** @throws {Error} if the channel was saved without it, which the document does not allow */
export function secretOf({ secrets }: Target, slot: string): string {
  const value = secrets[slot]
  if (value === undefined) throw new Error(`the channel has no secret ${slot}`)
  return value
}
