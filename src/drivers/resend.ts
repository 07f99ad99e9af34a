/**
 * Resend. A key has all rights or only that to send. Each event that was sent to a webhook can be had again under the id of its delivery.
 *
 * @see https://resend.com/docs/api-reference/webhooks (list-events and get-event as of 2026-09-16), https://resend.com/docs/api-reference/suppressions (2026-10), resend-openapi@fd6f395 (2026-08-21)
 */
import { isObject, type Json } from '../platform/json.ts'
import { instantAt, textAt, textsAt, valueAt } from '../providers/shared/native.ts'
import {
  type Account,
  type ApiAnswer,
  type Conversation,
  type Driver,
  type Mended,
  type Page,
  REFUSED,
  type Refused,
  type SeenWebhook,
  type Suppressed,
  UNREADABLE,
  NO_ANSWER,
} from './driver.ts'
import { getJson, isAtOurUrl, itemsAt, sendJson, typesWith, bareUrl, statusIn } from './shared.ts'

const TYPES = [
  'email.sent', 'email.delivered', 'email.delivery_delayed', 'email.bounced', 'email.complained', 'email.failed',
  'email.suppressed', 'email.opened', 'email.clicked',
] // prettier-ignore

/** Each payload is a request of its own. */
const PAYLOADS_A_PAGE = 25

const at = (path: string): string => `https://api.resend.com${path}`
const headers = ({ key }: Account) => ({ authorization: `Bearer ${key}` })
const get = (account: Account, path: string) => getJson(at(path), headers(account))
const post = (account: Account, path: string, body: unknown) =>
  sendJson('POST', at(path), headers(account), body)

export const resend: Driver = {
  provider: 'resend',
  needs: [],
  rights: {
    webhook: 'Full access',
    mend: 'Full access',
    past: 'Full access',
    suppressions: 'Full access',
  },
  keyCanSend: true,
  perSecond: 2,
  // A request an event. resend.com/docs/api-reference/rate-limit (2026): 5 a second and team.
  callsAnHour: 3_600,
  /** @see https://resend.com/docs/api-reference/errors (2026-12-07) */
  answers: [
    { status: 400, says: /API key is invalid/, means: 'key_refused' },
    { status: 401, says: /restricted_api_key/, means: 'key_too_weak' },
    { status: 403, says: /invalid_api_key/, means: 'key_refused' },
  ],
  webhook: {
    types: TYPES,
    // Resend signs every delivery.
    tellsSigning: false,
    secretSlot: 'signing_secret',
    *seen(account): Conversation<readonly SeenWebhook[]> {
      const answer = yield get(account, '/webhooks?limit=100')
      return itemsAt(answer.json, 'data')?.map(webhookOf) ?? UNREADABLE
    },
    /** The newest event that was not taken, and what our URL answered. */
    *details(account, seen): Conversation<SeenWebhook> {
      const events = `/webhooks/${encodeURIComponent(seen.id ?? '')}/events`
      const answer = yield { ...get(account, `${events}?limit=100`), alsoRead: [403, 404] }
      if (answer.status !== 200) return seen
      const failed = itemsAt(answer.json, 'data')?.find((event) => STUCK.has(textAt(event, 'status') ?? ''))
      const id = textAt(failed, 'id')
      if (id === undefined) return itemsAt(answer.json, 'data') === undefined ? UNREADABLE : seen
      const attempts = yield get(account, `${events}/${encodeURIComponent(id)}/attempts?limit=1`)
      const status = textAt(itemsAt(attempts.json, 'data')?.[0], 'http_status_code')
      return { ...seen, lastError: `HTTP ${statusIn(status)}` }
    },
    /** A new webhook has a secret that Postern does not have. */
    *mend(account, seen): Conversation<Mended> {
      const wanted = { endpoint: account.url, events: typesWith(TYPES, seen) }
      if (seen === null) return secretIn(yield post(account, '/webhooks', wanted))
      const path = `/webhooks/${encodeURIComponent(seen.id ?? '')}`
      yield sendJson('PATCH', at(path), headers(account), { ...wanted, status: 'enabled' })
      return {}
    },
  },
  past: {
    // As long as the plan keeps them.
    keptDays: null,
    copies: 'same_id',
    lacks:
      'How many days Resend keeps events depends on the plan of the account: older ones are missing. Only events of this webhook. Resend does not say whether those of a time in which it was disabled are among them.',
    /** Newest first, and no filter by time. */
    *page(account, span, cursor): Conversation<Page<Json>> {
      const id = yield* ownWebhook(account)
      if (id === UNREADABLE) return UNREADABLE
      if (id === null) return { items: [], next: null }
      const events = `/webhooks/${encodeURIComponent(id)}/events`
      const after = cursor === null ? '' : `&after=${encodeURIComponent(cursor)}`
      const answer = yield get(account, `${events}?limit=100${after}`)
      const listed = itemsAt(answer.json, 'data')
      if (listed === undefined) return UNREADABLE
      const items: Json[] = []
      let last: string | null = null
      for (const one of listed) {
        const [eventId, atMs] = [textAt(one, 'id'), instantAt(one, 'created_at')]
        if (eventId === undefined || atMs === undefined) return UNREADABLE
        if (atMs < span.sinceMs) return { items, next: null }
        if (items.length === PAYLOADS_A_PAGE) return { items, next: last }
        if (atMs < span.untilMs) {
          const request = get(account, `${events}/${encodeURIComponent(eventId)}`)
          const event = yield { ...request, endsPart: last !== null }
          if (event === NO_ANSWER) return { items, next: last }
          const payload = valueAt(event.json, 'payload')
          if (!isObject(payload)) return UNREADABLE
          // The id of a delivery, which is in no payload.
          items.push({ ...payload, 'svix-id': eventId })
        }
        last = eventId
      }
      return { items, next: valueAt(answer.json, 'has_more') === true ? last : null }
    },
  },
  suppressions: {
    reasons: ['hard_bounce', 'spam_report', 'manual'],
    // Resend makes each entry that is added `manual`.
    adds: ['hard_bounce', 'spam_report', 'unsubscribe', 'manual'],
    atOnce: 100,
    *list(account, cursor): Conversation<Page<Suppressed>> {
      const after = cursor === null ? '' : `&after=${encodeURIComponent(cursor)}`
      const answer = yield get(account, `/suppressions?limit=100${after}`)
      const items = itemsAt(answer.json, 'data')
      if (items === undefined) return UNREADABLE
      const more = valueAt(answer.json, 'has_more') === true
      return { items: items.flatMap(suppressedOf), next: more ? (textAt(items.at(-1), 'id') ?? null) : null }
    },
    /** The answer has an id for each that was added. */
    *add(account, entries): Conversation<null | Refused> {
      const emails = [...new Set(entries.map(({ address }) => address))]
      const { json } = yield post(account, '/suppressions/batch/add', { emails })
      const added = itemsAt(json, 'data')
      if (added === undefined) return UNREADABLE
      return added.length < emails.length ? REFUSED : null
    },
    *remove(account, entries): Conversation<null> {
      yield post(account, '/suppressions/batch/remove', { emails: entries.map(({ address }) => address) })
      return null
    },
  },
}

/** States of an event that our URL has not taken. */
const STUCK: ReadonlySet<string> = new Set(['failed', 'attempting'])

/** The webhook that the settings name, else the one that points here; null if there is none. */
function* ownWebhook(account: Account): Conversation<string | null> {
  const { webhookId } = account.settings
  if (webhookId !== undefined) return webhookId
  const answer = yield get(account, '/webhooks?limit=100')
  const own = itemsAt(answer.json, 'data')?.map(webhookOf)
  return own === undefined ? UNREADABLE : (own.find((one) => isAtOurUrl(one.url, account.url))?.id ?? null)
}

function secretIn({ json }: ApiAnswer): Mended {
  const secret = textAt(json, 'signing_secret')
  return secret === undefined ? {} : { secrets: { signing_secret: secret } }
}

const webhookOf = (item: Json): SeenWebhook => ({
  id: textAt(item, 'id') ?? null,
  url: bareUrl(textAt(item, 'endpoint')),
  enabled: ENABLED.get(textAt(item, 'status') ?? '') ?? null,
  types: Array.isArray(valueAt(item, 'events')) ? textsAt(item, 'events') : null,
  signed: null,
  secret: textAt(item, 'signing_secret'),
  lastError: null,
  counts: null,
})

const ENABLED: ReadonlyMap<string, boolean> = new Map(
  Object.entries({ enabled: true, disabled: false } as const),
)

const REASONS: ReadonlyMap<string, Suppressed['reason']> = new Map(
  Object.entries({
    bounce: 'hard_bounce',
    complaint: 'spam_report',
  } as const),
)

const suppressedOf = (item: Json): Suppressed[] => {
  const address = textAt(item, 'email')
  if (address === undefined) return []
  const reason = REASONS.get(textAt(item, 'origin') ?? '') ?? 'manual'
  return [{ address, reason, scope: null, atMs: instantAt(item, 'created_at') ?? null }]
}
