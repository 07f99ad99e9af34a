/**
 * Customer.io: reporting webhooks, and the suppressions of its own delivery. An App API key is for the whole workspace. Which key signs is
 * not told: a person copies it.
 *
 * Past events are left out: activities have no filter by time.
 *
 * @see https://docs.customer.io/integrations/api/app/ (2026-09): reporting-webhooks, esp-suppression; the vendor's OpenAPI (copy in
 * api-evangelist/customer-io@14dda593, 2026-09) for fields, names of events and the host of the EU region
 */
import { isObject, type Json } from '../platform/json.ts'
import { booleanAt, secondsAt, textAt, textsAt, valueAt } from '../providers/shared/native.ts'
import {
  type Account,
  type ApiRequest,
  type Conversation,
  type Driver,
  type Mended,
  type Page,
  type SeenWebhook,
  type Suppressed,
  type SuppressedReason,
  UNREADABLE,
} from './driver.ts'
import { getJson, itemsAt, sendJson, typesWith, bareUrl } from './shared.ts'

const TYPES = [
  'customer_subscribed', 'customer_unsubscribed', 'customer_subscription_preferences_changed', 'email_sent', 'email_delivered',
  'email_opened', 'email_clicked', 'email_bounced', 'email_deferred', 'email_dropped', 'email_spammed', 'email_failed',
  'email_undeliverable',
] // prettier-ignore

const HOSTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    us: 'api.customer.io',
    eu: 'api-eu.customer.io',
  } as const),
)

/** Lists whose addresses get no mail. `blocks` is none of them: it says that single messages were refused. */
const LISTS: readonly (readonly [string, SuppressedReason])[] = [
  ['bounces', 'hard_bounce'],
  ['invalid_emails', 'hard_bounce'],
  ['spam_reports', 'spam_report'],
]
const SUPPRESSIONS_A_PAGE = 1_000

const at = ({ settings: { region = 'us' } }: Account, path: string): string =>
  `https://${HOSTS.get(region) ?? 'api.customer.io'}/v1${path}`
const headers = ({ key }: Account) => ({ authorization: `Bearer ${key}` })

export const customerio: Driver = {
  provider: 'customerio',
  needs: [],
  regions: ['us', 'eu'],
  rights: {
    webhook: 'App API key',
    mend: 'App API key',
    suppressions: 'App API key; only for mail that Customer.io delivers itself',
  },
  keyCanSend: true,
  perSecond: 5,
  webhook: {
    types: TYPES,
    // Customer.io signs every delivery.
    tellsSigning: false,
    *seen(account): Conversation<readonly SeenWebhook[]> {
      const answer = yield getJson(at(account, '/reporting_webhooks'), headers(account))
      return itemsAt(answer.json, 'reporting_webhooks')?.map(webhookOf) ?? UNREADABLE
    },
    /** A change is the whole webhook: so what somebody else chose is read first, and kept. */
    *mend(account, seen): Conversation<Mended> {
      const wanted = { endpoint: account.url, events: typesWith(TYPES, seen), disabled: false }
      if (seen === null) {
        const made = { ...wanted, name: 'Postern', full_resolution: true, with_content: false }
        yield sendJson('POST', at(account, '/reporting_webhooks'), headers(account), made)
        return {}
      }
      const url = at(account, `/reporting_webhooks/${encodeURIComponent(seen.id ?? '')}`)
      const { json } = yield getJson(url, headers(account))
      if (!isObject(json)) return UNREADABLE
      const kept = {
        name: textAt(json, 'name') ?? 'Postern',
        full_resolution: booleanAt(json, 'full_resolution') ?? true,
        with_content: booleanAt(json, 'with_content') ?? false,
      }
      yield sendJson('PUT', url, headers(account), { ...kept, ...wanted })
      return {}
    },
  },
  suppressions: {
    reasons: ['hard_bounce', 'spam_report'],
    adds: ['hard_bounce', 'spam_report'],
    // Each is a request of its own; to remove it, one a list.
    atOnce: 30,
    *list(account, cursor): Conversation<Page<Suppressed>> {
      const [index = 0, offset = 0] = cursor?.split('/').map(Number) ?? []
      const [list, reason] = LISTS[index] ?? LISTS[0]!
      const query = `limit=${SUPPRESSIONS_A_PAGE}&offset=${offset}`
      const answer = yield getJson(at(account, `/esp/suppression/${list}?${query}`), headers(account))
      const found = itemsAt(answer.json, 'suppressions')
      if (found === undefined) return UNREADABLE
      const items = found.flatMap((item) => suppressedOf(item, reason))
      if (found.length === SUPPRESSIONS_A_PAGE)
        return { items, next: `${index}/${offset + SUPPRESSIONS_A_PAGE}` }
      return { items, next: index + 1 < LISTS.length ? `${index + 1}/0` : null }
    },
    *add(account, entries): Conversation<null> {
      for (const entry of entries) {
        const list = entry.reason === 'spam_report' ? 'spam_reports' : 'bounces'
        // The vendor's own client sends an empty object (customerio-node 5.2.0).
        yield sendJson('POST', entryAt(account, list, entry), headers(account), {})
      }
      return null
    },
    *remove(account, entries): Conversation<null> {
      for (const entry of entries)
        for (const [list] of LISTS)
          yield {
            method: 'DELETE',
            url: entryAt(account, list, entry),
            headers: headers(account),
            alsoRead: [404],
          } satisfies ApiRequest
      return null
    },
  },
}

const entryAt = (account: Account, list: string, { address }: Suppressed): string =>
  at(account, `/esp/suppression/${list}/${encodeURIComponent(address)}`)

const webhookOf = (item: Json): SeenWebhook => {
  const disabled = booleanAt(item, 'disabled')
  return {
    id: textAt(item, 'id') ?? null,
    url: bareUrl(textAt(item, 'endpoint')),
    enabled: disabled === undefined ? null : !disabled,
    types: Array.isArray(valueAt(item, 'events')) ? textsAt(item, 'events') : null,
    signed: null,
    lastError: null,
    counts: null,
  }
}

const suppressedOf = (item: Json, reason: SuppressedReason): Suppressed[] => {
  const address = textAt(item, 'email')
  return address === undefined
    ? []
    : [{ address, reason, scope: null, atMs: secondsAt(item, 'created') ?? null }]
}
