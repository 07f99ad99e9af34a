/**
 * SparkPost (Bird). An API key has rights by name; the webhook's credentials are set as Basic, since nothing is signed.
 *
 * @see https://developers.sparkpost.com/api/ (SparkPost/developers.sparkpost.com@88f24dc3, 2026-06-23): webhooks, events, suppression-list
 */
import { isObject, type Json } from '../platform/json.ts'
import { booleanAt, instantAt, objectAt, textAt, textsAt, valueAt } from '../providers/shared/native.ts'
import {
  type Account,
  type Conversation,
  type Driver,
  type Mended,
  type Page,
  type SeenWebhook,
  type Span,
  type Suppressed,
  UNREADABLE,
} from './driver.ts'
import { bareUrl, cursorIn, getJson, itemsAt, parted, sendJson, typesWith, statusIn } from './shared.ts'

/** Event types that say something of mail and people. */
const TYPES = [
  'delivery', 'injection', 'delay', 'bounce', 'out_of_band', 'policy_rejection', 'generation_failure',
  'generation_rejection', 'spam_complaint', 'list_unsubscribe', 'link_unsubscribe', 'open', 'click',
] // prettier-ignore

const US = 'api.sparkpost.com'
const HOSTS = new Map([
  ['us', US],
  ['eu', 'api.eu.sparkpost.com'],
])

/** Ten days, at most 10,000 a page; pages of a thousand keep an answer under a few megabytes. */
const EVENTS_A_PAGE = 1_000
const SUPPRESSIONS_A_PAGE = 1_000

const at = ({ settings: { region = '' } }: Pick<Account, 'settings'>, path: string): string =>
  `https://${HOSTS.get(region) ?? US}/api/v1${path}`

const headers = ({ key }: Pick<Account, 'key'>) => ({ authorization: key })

export const sparkpost: Driver = {
  provider: 'sparkpost',
  needs: [],
  regions: ['us', 'eu'],
  rights: {
    webhook: 'Event Webhooks: Read-only (webhooks/view)',
    mend: 'Event Webhooks: Read/Write (webhooks/modify)',
    past: 'Events Search: Read-only (message_events/view)',
    suppressions: 'Suppression Lists: Read/Write (suppression_lists/manage)',
  },
  keyCanSend: false,
  perSecond: 2,
  // The other 403 is that of an entry that SparkPost keeps.
  answers: [{ status: 403, says: /Forbidden/, means: 'key_too_weak' }],
  webhook: {
    types: TYPES,
    tellsSigning: true,
    *seen(account): Conversation<readonly SeenWebhook[]> {
      const answer = yield getJson(at(account, '/webhooks'), headers(account))
      return itemsAt(answer.json, 'results')?.map(webhookOf) ?? UNREADABLE
    },
    /** Batches that failed, or had failed before they were taken. Those that were taken at once are not listed, so nothing is counted. */
    *details(account, seen): Conversation<SeenWebhook> {
      const url = at(account, `/webhooks/${seen.id ?? ''}/batch-status?limit=1000`)
      const answer = yield { ...getJson(url, headers(account)), alsoRead: [404] }
      if (answer.status === 404) return seen
      const batches = itemsAt(answer.json, 'results')
      if (batches === undefined) return UNREADABLE
      const failed = batches
        .map((batch) => textAt(batch, 'response_code') ?? '')
        .find((code) => !code.startsWith('2'))
      return { ...seen, lastError: failed === undefined ? null : `HTTP ${statusIn(failed)}` }
    },
    *mend(account, seen): Conversation<Mended> {
      const { url: target, username, password } = parted(account.url)
      const credentials =
        username === '' ? {} : { auth_type: 'basic', auth_credentials: { username, password } }
      const wanted = { target, events: typesWith(TYPES, seen), active: true, ...credentials }
      yield seen === null
        ? sendJson('POST', at(account, '/webhooks'), headers(account), { ...wanted, name: 'Postern' })
        : sendJson('PUT', at(account, `/webhooks/${seen.id ?? ''}`), headers(account), wanted)
      return {}
    },
  },
  past: {
    keptDays: 10,
    copies: 'same_id',
    lacks: null,
    *page(account, span, cursor): Conversation<Page<Json>> {
      const answer = yield getJson(eventsUrl(account, span, cursor), headers(account))
      const items = itemsAt(answer.json, 'results')
      return items === undefined ? UNREADABLE : { items: items.map(wrapped), next: nextOf(answer.json) }
    },
  },
  suppressions: {
    reasons: ['hard_bounce', 'spam_report', 'unsubscribe', 'manual'],
    adds: ['hard_bounce', 'spam_report', 'unsubscribe', 'manual'],
    // The list takes 10,000, but each is removed by requests of its own.
    atOnce: 30,
    *list(account, cursor): Conversation<Page<Suppressed>> {
      const query = new URLSearchParams({
        cursor: cursor ?? 'initial',
        per_page: String(SUPPRESSIONS_A_PAGE),
      })
      const answer = yield getJson(at(account, `/suppression-list?${query.toString()}`), headers(account))
      const items = itemsAt(answer.json, 'results')
      return items === undefined
        ? UNREADABLE
        : { items: items.flatMap(suppressedOf), next: nextOf(answer.json) }
    },
    /** Entries of a scope that SparkPost has not are not sent. */
    *add(account, entries): Conversation<null> {
      const recipients = entries.flatMap(({ address, reason, scope }) => {
        const id = scope === null ? undefined : LIST.exec(scope)?.[1]
        return scope !== null && id === undefined
          ? []
          : listsOf(reason).map((type) => ({ recipient: address, type, list_id: id }))
      })
      if (recipients.length > 0)
        yield sendJson('PUT', at(account, '/suppression-list/'), headers(account), { recipients })
      return null
    },
    /**
     * An address may have an entry of either kind for each mailing list: only those that were named are removed. One of SparkPost's own
     * compliance stays, which is no error.
     */
    *remove(account, entries): Conversation<null> {
      for (const { address, reason, scope } of entries) {
        const url = at(account, `/suppression-list/${encodeURIComponent(address)}`)
        const found = yield { ...getJson(url, headers(account)), alsoRead: [404] }
        const items = found.status === 404 ? [] : itemsAt(found.json, 'results')
        if (items === undefined) return UNREADABLE
        for (const item of items) {
          if (!suppressedOf(item).some((one) => one.reason === reason && one.scope === scope)) continue
          const which = { type: textAt(item, 'type'), list_id: textAt(item, 'list_id') }
          const answer = yield {
            ...sendJson('DELETE', url, headers(account), which),
            alsoRead: [403, 404],
          }
          if (answer.status === 403 && !answer.text.includes('Compliance')) return UNREADABLE
        }
      }
      return null
    },
  },
  installs: {
    slots: ['basic_auth'],
    /** Fields that are absent stay. Batches that are queued carry the old credentials for their eight hours of retries. */
    request(account, secret) {
      if (secret.kind !== 'basic') return undefined
      const { username, password } = secret
      const url = at(account, `/webhooks/${account.settings.webhookId ?? ''}`)
      return sendJson('PUT', url, headers(account), {
        auth_type: 'basic',
        auth_credentials: { username, password },
      })
    },
  },
}

/** The description has a list of `{rel, href}`. A public reader of events has an object, `{next}`. */
function nextOf(json: Json | undefined): string | null {
  const links = valueAt(json, 'links')
  const next = Array.isArray(links) ? links.find((link) => textAt(link, 'rel') === 'next') : undefined
  return cursorIn(textAt(next, 'href') ?? textAt(links, 'next'), 'cursor')
}

function webhookOf(item: Json): SeenWebhook {
  return {
    id: textAt(item, 'id') ?? null,
    url: bareUrl(textAt(item, 'target')),
    enabled: booleanAt(item, 'active') ?? null,
    types: textsAt(item, 'events'),
    // A secret may stand in a header of the customer's own, which `auth_type` does not tell.
    signed:
      (textAt(item, 'auth_type') ?? 'none') !== 'none' ||
      Object.keys(objectAt(item, 'custom_headers')).length > 0,
    lastError: null,
    counts: null,
  }
}

function eventsUrl(account: Account, { sinceMs, untilMs }: Span, cursor: string | null): string {
  const instant = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`
  const query = new URLSearchParams({
    from: instant(sinceMs),
    to: instant(untilMs),
    events: TYPES.join(','),
    per_page: String(EVENTS_A_PAGE),
    cursor: cursor ?? 'initial',
  })
  return at(account, `/events/message?${query.toString()}`)
}

/** As a webhook wraps it, which has the time in whole seconds: the id of the event begins with it. */
function wrapped(event: Json): Json {
  const atMs = instantAt(event, 'timestamp')
  const timestamp = atMs === undefined ? {} : { timestamp: String(Math.floor(atMs / 1_000)) }
  return { msys: { message_event: isObject(event) ? { ...event, ...timestamp } : event } }
}

/** There is a list for transactional mail and one for all other. A person who unsubscribed still gets what she asks for. */
const listsOf = (reason: Suppressed['reason']): readonly string[] =>
  reason === 'unsubscribe' ? ['non_transactional'] : ['transactional', 'non_transactional']

/** Words of `source`: what put the address on the list. */
const REASONS: ReadonlyMap<string, Suppressed['reason']> = new Map([
  ['Bounce Rule', 'hard_bounce'],
  ['Spam Complaint', 'spam_report'],
  ['List Unsubscribe', 'unsubscribe'],
  ['Unsubscribe Link', 'unsubscribe'],
])

const LIST = /^list:(.+)$/

/** Without entries of subaccounts, which stop no other mail. Only an unsubscribe and what was added by hand hold for one mailing list. */
function suppressedOf(item: Json): Suppressed[] {
  const [address, list] = [textAt(item, 'recipient'), textAt(item, 'list_id')]
  if (address === undefined || textAt(item, 'subaccount_id') !== undefined) return []
  const reason = REASONS.get(textAt(item, 'source') ?? '') ?? 'manual'
  const isScoped = list !== undefined && (reason === 'unsubscribe' || reason === 'manual')
  return [
    { address, reason, scope: isScoped ? `list:${list}` : null, atMs: instantAt(item, 'created') ?? null },
  ]
}
