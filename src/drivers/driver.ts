/**
 * Contract of a driver: how the API of one ESP tells whether its webhook is still on, what it has sent, and to whom it refuses to send.
 * A driver is data and pure functions. Each capability that it lacks is absent. `esp-accounts/converse.ts` makes the requests.
 */
import type { Json } from '../platform/json.ts'

/** One request. Its host is fixed by the driver, and never taken from an answer. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Statuses besides 2xx whose answer the conversation reads: 404 where it means that there are none. */
  readonly alsoRead?: readonly number[]
  /** A page has a part already: if there is no answer for now, the conversation goes on with {@link NO_ANSWER}, and ends with that part. */
  readonly endsPart?: boolean
}

/** An answer of 2xx, or of a status that the request reads besides. */
export interface ApiAnswer {
  readonly status: number
  /** The body; undefined if it is no JSON. */
  readonly json: Json | undefined
  readonly text: string
}

/** The ESP asks for time, or is down. */
export const NO_ANSWER: ApiAnswer = { status: 0, json: undefined, text: '' }

/** The answer has not the form that the ESP describes. Nothing of it is shown. */
export const UNREADABLE = 'unreadable'
export type Unreadable = typeof UNREADABLE

/** The answer is well, and says that some of the entries are refused. */
export const REFUSED = 'refused'
export type Refused = typeof REFUSED

/**
 * Requests of which each may follow from the answers before. It does no I/O: it yields a request, and goes on with the answer. Answers of
 * other statuses, and those that are too large or never come, do not reach it: the conversation ends there as a refusal.
 */
export type Conversation<Result> = Generator<ApiRequest, Result | Unreadable, ApiAnswer>

/** Where something is at the ESP. The document of the source has it, as `provisioner`. */
export interface AccountSettings {
  readonly webhookId?: string | undefined
  /** Region of the account, by the ESP's word: `us`, `eu`, `eu-west-1`. */
  readonly region?: string | undefined
  /** Mailgun: the sending domain. */
  readonly domain?: string | undefined
  /** SES: the configuration set. */
  readonly configurationSet?: string | undefined
  /** Postmark: the message stream. */
  readonly stream?: string | undefined
  /** Mailchimp Marketing: the audience. */
  readonly list?: string | undefined
}

/** Key, settings and URL with which the requests of a source are made. */
export interface Account {
  /** The value of the slot `esp_api_token`. */
  readonly key: string
  readonly settings: AccountSettings
  /** The URL at which the ESP should deliver, as an operator enters it: it may hold credentials. */
  readonly url: string
  readonly nowMs: number
}

/** A webhook as the ESP describes it. Null is what its API does not tell. */
export interface SeenWebhook {
  readonly id: string | null
  /** Without credentials. */
  readonly url: string | null
  readonly enabled: boolean | null
  /** Native names of the event types. */
  readonly types: readonly string[] | null
  /** Whether deliveries are signed, or carry the credentials that were set. */
  readonly signed: boolean | null
  /** With what the ESP signs, if it tells. Never stored here, nor shown. */
  readonly secret?: string | undefined
  /** The last failure that the ESP met at our URL, in a few words of ours or its own code. No address, no secret. */
  readonly lastError: string | null
  /** Reasons, in our words, why events do not reach us although it is on. Only details tell. */
  readonly faults?: readonly string[]
  /** Deliveries that the ESP counts: of the last day, if it says nothing else. */
  readonly counts: { readonly delivered: number; readonly failed: number } | null
}

export interface Mended {
  /** New secrets that the ESP has made, by slot: they are stored before anything else. */
  readonly secrets?: Readonly<Record<string, string>>
}

export interface WebhookDriver {
  /** Native names of the types that Postern wants: those whose absence would be missed. */
  readonly types: readonly string[]
  /** Whether the API tells of signing at all, so that its absence means something. */
  readonly tellsSigning: boolean
  /** Slot of the secret with which the ESP signs, if the API tells it. */
  readonly secretSlot?: string
  /** All webhooks of the account or of the place that the settings name: one request if at all possible, as it is made each hour. */
  readonly seen: (account: Account) => Conversation<readonly SeenWebhook[]>
  /** More about one webhook, asked once a day and when a person asks: last error, counts, what drops events silently. */
  readonly details?: (account: Account, seen: SeenWebhook) => Conversation<SeenWebhook>
  /**
   * Makes the webhook right: on, at our URL, with all types, signed. Null makes a new one. Doing it twice is harmless. Absent: the API
   * cannot, and a person does it by hand.
   */
  readonly mend?: (account: Account, seen: SeenWebhook | null) => Conversation<Mended>
  /** Set if the ESP has one URL a type: mending then replaces those of others, which the plan names. */
  readonly onePerType?: true
  /** Set if it cannot make a new one. */
  readonly mends?: 'existing'
}

export interface Span {
  readonly sinceMs: number
  /** Excluded. */
  readonly untilMs: number
}

/** A page, and where the next one begins: text that the driver alone understands. Null after the last. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

export interface PastEventsDriver {
  /** How many days back the ESP has events; null if it does not say. */
  readonly keptDays: number | null
  /**
   * How an event is known that came by the webhook, too. `same_id`: the provider reads both into one identity. Otherwise message, recipient
   * and type agree, and the times differ by so many seconds at most.
   */
  readonly copies: 'same_id' | { readonly withinSeconds: number }
  /** One sentence for the plan: what the API does not give, such as types that it lacks. Null if nothing. */
  readonly lacks: string | null
  /**
   * One page, as items that the provider reads as if its webhook had brought them. If it takes a request for each item, a part of it is a
   * page: at a few requests a minute no page would ever be whole.
   */
  readonly page: (account: Account, span: Span, cursor: string | null) => Conversation<Page<Json>>
}

/** Why the ESP does not send, in the words of Postern's suppression list. */
export type SuppressedReason = 'hard_bounce' | 'spam_report' | 'unsubscribe' | 'manual'

export interface Suppressed {
  readonly address: string
  readonly reason: SuppressedReason
  /** As in unsubscribes of this provider (`providers/shared/scope.ts`): `group:12`. Null for all mail. */
  readonly scope: string | null
  readonly atMs: number | null
  /** When the ESP sends again by itself. Absent: never. */
  readonly expiresAtMs?: number
}

export interface SuppressionsPage extends Page<Suppressed> {
  /** The ESP has more entries than it gives, and no further page. */
  readonly isCut?: boolean
}

export interface SuppressionsDriver {
  /** Reasons that the ESP lists. */
  readonly reasons: readonly SuppressedReason[]
  /** Reasons that can be added. Empty if none can. */
  readonly adds: readonly SuppressedReason[]
  readonly list: (account: Account, cursor: string | null) => Conversation<SuppressionsPage>
  /** Addresses of one call, at most. */
  readonly atOnce: number
  /** Adds up to {@link atOnce} entries. Adding one that is there is harmless. */
  readonly add?: (account: Account, entries: readonly Suppressed[]) => Conversation<null | Refused>
  /** Removes up to {@link atOnce} entries. One that is not there is harmless, and so is one that the ESP keeps. */
  readonly remove?: (account: Account, entries: readonly Suppressed[]) => Conversation<null>
  /** Reasons whose entries the ESP never removes. */
  readonly keeps?: readonly SuppressedReason[]
  /** The scope that is all mail of the place that the settings name. Absent: entries for all mail have none. */
  readonly wholeScope?: (settings: AccountSettings) => string
}

/** How a new secret of the webhook is set at the ESP: one idempotent request. */
export interface InstallDriver {
  /** Slots that the API can set. */
  readonly slots: readonly string[]
  /** Undefined for a secret of another kind. */
  readonly request: (
    account: Omit<Account, 'url' | 'nowMs'>,
    secret: InstalledSecret,
  ) => ApiRequest | undefined
}

/** A secret in the clear, of the kinds that an ESP's API can set. */
export type InstalledSecret =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }

/** Where a page of hundreds of events is one request. */
export const CALLS_AN_HOUR = 600

/** Meaning of an answer, by its status and its code. Of all others the status is judged alone (`esp-accounts/converse.ts`). */
export interface AnswerMeaning {
  readonly status: number
  /** In the beginning of the body, or in the header in which AWS names an error. */
  readonly says: RegExp
  readonly means: 'key_refused' | 'key_too_weak' | 'not_found' | 'rate_limited' | 'refused'
}

export interface Driver {
  /** Name of the provider. */
  readonly provider: string
  /** Settings without which it can ask nothing. */
  readonly needs: readonly (keyof AccountSettings)[]
  /** Regions that it knows, the first if none is set. Absent: the ESP has none. */
  readonly regions?: readonly string[]
  /** Form of a region, where there are too many to list. */
  readonly regionForm?: RegExp
  /** Form of the key, if it is not just what the ESP calls an API key: `ACCESS_KEY_ID:SECRET_ACCESS_KEY`. */
  readonly keyForm?: string
  /** The least rights of the key, by capability, in the ESP's words. Shown where the key is pasted. */
  readonly rights: {
    readonly webhook?: string
    readonly mend?: string
    readonly past?: string
    readonly suppressions?: string
  }
  /** Whether such a key can also send mail: said where it is pasted. */
  readonly keyCanSend: boolean
  /** Rights of the key that Postern does not use, the gravest first. Absent: the ESP does not tell. One request, of a new key alone. */
  readonly surplus?: (account: Account) => Conversation<readonly string[]>
  /** Requests a second that the ESP takes. */
  readonly perSecond: number
  /** Requests an hour, at most: the customer's own programs share the account. Absent: {@link CALLS_AN_HOUR}. */
  readonly callsAnHour?: number
  /** Answers whose status alone would be misread. The first that fits counts, also for a status that a request reads besides. */
  readonly answers?: readonly AnswerMeaning[]
  /** Header that tells when a limit ends, in seconds from now or as a Unix time. It is read where `Retry-After` is absent. */
  readonly limitEnds?: { readonly header: string; readonly as: 'seconds' | 'unix' }
  readonly webhook?: WebhookDriver
  readonly past?: PastEventsDriver
  readonly suppressions?: SuppressionsDriver
  readonly installs?: InstallDriver
  /** Signs a request that is complete: SES. */
  readonly sign?: (request: ApiRequest, account: Account) => Promise<ApiRequest>
}
