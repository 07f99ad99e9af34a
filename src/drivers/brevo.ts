/**
 * Brevo. A key can be limited to resources. The webhook's secrets are told in the clear to whoever holds a key that reads webhooks.
 *
 * @see getbrevo/brevo-node@c353d32 (2026-03-05): webhooks, transactionalEmails; https://developers.brevo.com/reference/get-email-event-report
 */
import { isObject, type Json } from '../platform/json.ts'
import { DAY_MS } from '../platform/time.ts'
import { instantAt, textAt, textsAt, valueAt } from '../providers/shared/native.ts'
import {
  type Account,
  type ApiRequest,
  type Conversation,
  type Driver,
  type Mended,
  type Page,
  type SeenWebhook,
  type Suppressed,
  UNREADABLE,
} from './driver.ts'
import { getJson, hasCredentials, itemsAt, sendJson, typesWith, bareUrl, senderScope } from './shared.ts'

const TYPES = [
  'sent', 'delivered', 'deferred', 'softBounce', 'hardBounce', 'blocked', 'invalid', 'spam', 'unsubscribed', 'opened', 'click',
] // prettier-ignore

/** The default, since Brevo names no maximum. */
const EVENTS_A_PAGE = 2_500
const SUPPRESSIONS_A_PAGE = 100

const at = (path: string): string => `https://api.brevo.com/v3${path}`
const headers = ({ key }: Pick<Account, 'key'>) => ({ 'api-key': key })

export const brevo: Driver = {
  provider: 'brevo',
  needs: [],
  rights: {
    webhook: 'Webhooks: Read',
    mend: 'Webhooks: Read/Write',
    past: 'Transactional email: Read',
    suppressions: 'Transactional email: Read; All, to remove entries',
  },
  // A key with the right to remove suppressions can.
  keyCanSend: true,
  perSecond: 2,
  limitEnds: { header: 'x-sib-ratelimit-reset', as: 'seconds' },
  webhook: {
    types: TYPES,
    tellsSigning: true,
    *seen(account): Conversation<readonly SeenWebhook[]> {
      const answer = yield getJson(at('/webhooks?type=transactional'), headers(account))
      return itemsAt(answer.json, 'webhooks')?.map(webhookOf) ?? UNREADABLE
    },
    /** Credentials that are set otherwise than in the URL stay as they are. */
    *mend(account, seen): Conversation<Mended> {
      const wanted = { url: account.url, events: typesWith(TYPES, seen), description: 'Postern' }
      yield seen === null
        ? sendJson('POST', at('/webhooks'), headers(account), { ...wanted, type: 'transactional' })
        : sendJson('PUT', at(`/webhooks/${encodeURIComponent(seen.id ?? '')}`), headers(account), wanted)
      return {}
    },
  },
  past: {
    keptDays: null,
    // The identity of a delivery has milliseconds, and the API may have none.
    copies: { withinSeconds: 30 },
    lacks: 'No metadata, no programs of the readers, and at most one tag.',
    /**
     * Whole days, at most ninety a request, in the order in which Brevo has recorded them. Others have seen days of the account's zone: so
     * more is asked for at both ends, and what is outside of the span is left out.
     */
    *page(account, span, cursor): Conversation<Page<Json>> {
      const [fromMs = 0, offset = 0] = cursor?.split('/').map(Number) ?? [span.sinceMs - 14 * 3_600_000]
      const lastMs = span.untilMs + 12 * 3_600_000
      const toMs = Math.min(lastMs, fromMs + 88 * DAY_MS)
      const query = new URLSearchParams({
        startDate: dayOf(fromMs),
        endDate: dayOf(toMs),
        limit: String(EVENTS_A_PAGE),
        offset: String(offset),
        sort: 'asc',
      })
      const answer = yield getJson(at(`/smtp/statistics/events?${query.toString()}`), headers(account))
      const found = listAt(answer.json, 'events')
      if (found === undefined) return UNREADABLE
      const items = found.flatMap((event) => {
        const atMs = instantAt(event, 'date')
        return atMs === undefined || atMs < span.sinceMs || atMs >= span.untilMs
          ? []
          : [delivered(event, atMs)]
      })
      if (found.length === EVENTS_A_PAGE) return { items, next: `${fromMs}/${offset + EVENTS_A_PAGE}` }
      return { items, next: dayOf(toMs) === dayOf(lastMs) ? null : `${toMs + DAY_MS}/0` }
    },
  },
  suppressions: {
    reasons: ['hard_bounce', 'spam_report', 'unsubscribe', 'manual'],
    adds: [],
    // Each is a request of its own.
    atOnce: 50,
    *list(account, cursor): Conversation<Page<Suppressed>> {
      const offset = Number(cursor ?? 0)
      const query = `limit=${SUPPRESSIONS_A_PAGE}&offset=${offset}&sort=asc`
      const answer = yield getJson(at(`/smtp/blockedContacts?${query}`), headers(account))
      const items = listAt(answer.json, 'contacts')
      if (items === undefined) return UNREADABLE
      const next = items.length === SUPPRESSIONS_A_PAGE ? String(offset + SUPPRESSIONS_A_PAGE) : null
      return { items: items.flatMap(suppressedOf), next }
    },
    /** Removes an address for all senders, so that an entry of one sender stays. */
    *remove(account, entries): Conversation<null> {
      for (const { address, scope } of entries)
        if (scope === null)
          yield {
            method: 'DELETE',
            url: at(`/smtp/blockedContacts/${encodeURIComponent(address)}`),
            headers: headers(account),
            alsoRead: [404],
          } satisfies ApiRequest
      return null
    },
  },
  installs: {
    slots: ['bearer_token'],
    /** Every field is optional. Brevo keeps basic credentials in the webhook's URL, so only a bearer token is set. */
    request({ key, settings: { webhookId = '' } }, secret) {
      if (secret.kind !== 'text') return undefined
      const auth = { type: 'bearer', token: secret.text }
      return sendJson('PUT', at(`/webhooks/${webhookId}`), headers({ key }), { auth })
    },
  },
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** A list that Brevo leaves out if it is empty. */
const listAt = (json: Json | undefined, name: string): readonly Json[] | undefined =>
  itemsAt(json, name) ??
  (isObject(json) && Object.keys(json).every((key) => key === 'count') ? [] : undefined)

function webhookOf(item: Json): SeenWebhook {
  const url = textAt(item, 'url')
  const isSet = textAt(item, 'auth', 'token') !== undefined || (itemsAt(item, 'headers') ?? []).length > 0
  return {
    id: textAt(item, 'id') ?? null,
    url: bareUrl(url),
    // No vendor's source has a flag for it.
    enabled: null,
    // `request` is another name of `sent`.
    types: Array.isArray(valueAt(item, 'events'))
      ? textsAt(item, 'events').map((type) => (type === 'request' ? 'sent' : type))
      : null,
    signed: isSet || hasCredentials(url),
    lastError: null,
    counts: null,
  }
}

/** Words of the API whose event has another name in a delivery. */
const WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    requests: 'request',
    hardBounces: 'hard_bounce',
    softBounces: 'soft_bounce',
    clicks: 'click',
    invalid: 'invalid_email',
    loadedByProxy: 'proxy_open',
  } as const),
)

/** As a delivery has it. The link of other events is none that a person has clicked. */
function delivered(event: Json, atMs: number): Json {
  const word = textAt(event, 'event') ?? ''
  const text = (name: string) => textAt(event, name) ?? null
  return {
    event: WORDS.get(word) ?? word,
    'message-id': text('messageId'),
    email: text('email'),
    ts_epoch: atMs,
    reason: text('reason'),
    tag: text('tag'),
    link: word === 'clicks' ? text('link') : null,
  }
}

const REASONS: ReadonlyMap<string, Suppressed['reason']> = new Map(
  Object.entries({
    hardBounce: 'hard_bounce',
    contactFlaggedAsSpam: 'spam_report',
    unsubscribedViaMA: 'unsubscribe',
    unsubscribedViaEmail: 'unsubscribe',
    unsubscribedViaApi: 'unsubscribe',
  } as const),
)

const suppressedOf = (item: Json): Suppressed[] => {
  const address = textAt(item, 'email')
  if (address === undefined) return []
  const reason = REASONS.get(textAt(item, 'reason', 'code') ?? '') ?? 'manual'
  const scope = senderScope(reason, textAt(item, 'senderEmail'))
  return [{ address, reason, scope, atMs: instantAt(item, 'blockedAt') ?? null }]
}
