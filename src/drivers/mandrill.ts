/**
 * Mandrill (Mailchimp Transactional). All calls are POST with the key in the body. A key can be limited to the calls that are named here.
 *
 * Past events are left out. A search gives at most 1,000 messages and has no pages, and no source says whether its dates have hours.
 *
 * @see mailchimp/mailchimp-client-lib-codegen@005d940: spec/transactional.json (1.0.28), read on 2026-12-02: webhooks, rejects
 */
import type { Json } from '../platform/json.ts'
import { booleanAt, textAt, textsAt, utcAt, valueAt } from '../providers/shared/native.ts'
import {
  type Account,
  type ApiRequest,
  type Conversation,
  type Driver,
  type Mended,
  REFUSED,
  type Refused,
  type SeenWebhook,
  type Suppressed,
  type SuppressionsPage,
  UNREADABLE,
} from './driver.ts'
import { itemsAt, sendJson, typesWith, bareUrl, senderScope, statusIn } from './shared.ts'

/** Types of the specification. Deliveries know `delivered` and `deferral` too, which stay if somebody chose them. */
const TYPES = ['send', 'hard_bounce', 'soft_bounce', 'reject', 'spam', 'unsub', 'open', 'click']

/** Entries of one list. */
const LISTED_MAX = 1_000

const call = ({ key }: Account, path: string, body: Readonly<Record<string, unknown>> = {}): ApiRequest =>
  sendJson('POST', `https://mandrillapp.com/api/1.0${path}`, {}, { key, ...body })

export const mandrill: Driver = {
  provider: 'mandrill',
  needs: [],
  rights: {
    webhook: 'webhooks/list',
    mend: 'webhooks/list, webhooks/add, webhooks/update',
    suppressions: 'rejects/list, rejects/add, rejects/delete',
  },
  keyCanSend: false,
  perSecond: 2,
  // Errors are HTTP 500, or a status of their own in newer descriptions. Which one a key with too few calls gets is not published.
  answers: [
    { status: 500, says: /"name":\s*"Invalid_Key"/, means: 'key_refused' },
    { status: 500, says: /"name":\s*"Unknown_\w+"/, means: 'not_found' },
    { status: 500, says: /"name":\s*"(?:ValidationError|PaymentRequired)"/, means: 'refused' },
  ],
  webhook: {
    types: TYPES,
    // Mandrill signs every delivery.
    tellsSigning: false,
    secretSlot: 'webhook_key',
    *seen(account): Conversation<readonly SeenWebhook[]> {
      const answer = yield call(account, '/webhooks/list')
      return itemsAt(answer.json)?.map(webhookOf) ?? UNREADABLE
    },
    /** The key that signs is in every answer. Postern does not have that of a new webhook. */
    *mend(account, seen): Conversation<Mended> {
      const wanted = { url: account.url, events: typesWith(TYPES, seen) }
      const answer = yield seen === null
        ? call(account, '/webhooks/add', { ...wanted, description: 'Postern' })
        : call(account, '/webhooks/update', { ...wanted, id: Number(seen.id) })
      const secret = seen === null ? textAt(answer.json, 'auth_key') : undefined
      return secret === undefined ? {} : { secrets: { webhook_key: secret } }
    },
  },
  suppressions: {
    reasons: ['hard_bounce', 'spam_report', 'unsubscribe', 'manual'],
    // Mandrill makes each entry that is added `custom`. It never expires.
    adds: ['hard_bounce', 'spam_report', 'unsubscribe', 'manual'],
    // Each is a request of its own, or two.
    atOnce: 25,
    /**
     * Mandrill gives the first thousand and has no pages. Only an export has more: a job whose result is a zip archive on another host.
     *
     * @see https://mailchimp.com/developer/transactional/api/rejects/ and /exports/ (2026-12-02)
     */
    *list(account): Conversation<SuppressionsPage> {
      const answer = yield call(account, '/rejects/list', { include_expired: false })
      const items = itemsAt(answer.json)
      return items === undefined
        ? UNREADABLE
        : { items: items.flatMap(suppressedOf), next: null, isCut: items.length >= LISTED_MAX }
    },
    /** An entry of one sender cannot be added, nor an address of the allowlist. */
    *add(account, entries): Conversation<null | Refused> {
      let isRefused = false
      for (const { address, scope } of entries) {
        if (scope !== null) continue
        const { json } = yield call(account, '/rejects/add', { email: address })
        isRefused ||= booleanAt(json, 'added') !== true
      }
      return isRefused ? REFUSED : null
    },
    /**
     * The specification has no answer for an address that is not there. So the list is asked first. An entry of one sender cannot be named,
     * and stays.
     */
    *remove(account, entries): Conversation<null> {
      for (const { address, scope } of entries) {
        if (scope !== null) continue
        const answer = yield call(account, '/rejects/list', { email: address })
        if (itemsAt(answer.json)?.some((item) => textAt(item, 'email') === address) === true)
          yield call(account, '/rejects/delete', { email: address })
      }
      return null
    },
  },
}

function webhookOf(item: Json): SeenWebhook {
  const error = textAt(item, 'last_error')
  return {
    id: textAt(item, 'id') ?? null,
    url: bareUrl(textAt(item, 'url')),
    // The specification has no flag for it.
    enabled: null,
    types: Array.isArray(valueAt(item, 'events')) ? textsAt(item, 'events') : null,
    signed: null,
    secret: textAt(item, 'auth_key'),
    // In Mandrill's own words, which may quote our URL. It stays after a success.
    lastError: error === undefined ? null : `HTTP ${statusIn(error)}`,
    counts: null,
  }
}

const REASONS: ReadonlyMap<string, Suppressed['reason']> = new Map(
  Object.entries({
    'hard-bounce': 'hard_bounce',
    spam: 'spam_report',
    unsub: 'unsubscribe',
    custom: 'manual',
  } as const),
)

/** Without soft bounces, which end soon by themselves, and entries of one subaccount, which stop no other mail. */
const suppressedOf = (item: Json): Suppressed[] => {
  const [address, reason] = [textAt(item, 'email'), REASONS.get(textAt(item, 'reason') ?? '')]
  if (address === undefined || reason === undefined || textAt(item, 'subaccount') !== undefined) return []
  const [scope, expiresAtMs] = [
    senderScope(reason, textAt(item, 'sender', 'address')),
    utcAt(item, 'expires_at'),
  ]
  const expiry = expiresAtMs === undefined ? {} : { expiresAtMs }
  return [{ address, reason, scope, atMs: utcAt(item, 'created_at') ?? null, ...expiry }]
}
