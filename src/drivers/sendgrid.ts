/**
 * SendGrid (Twilio).
 *
 * @see twilio/sendgrid-oai@dbe0e0d (2026-01-22): tsg_webhooks_v3, tsg_logs_v3, tsg_suppressions_v3, tsg_scopes_v3
 */
import { isObject, type Json } from '../platform/json.ts'
import { MINUTE_MS, toInstant, unixSeconds } from '../platform/time.ts'
import { booleanAt, objectAt, secondsAt, textAt } from '../providers/shared/native.ts'
import {
  type Account,
  type Conversation,
  type Driver,
  type Mended,
  type Page,
  type SeenWebhook,
  type Span,
  type Suppressed,
  type SuppressedReason,
  UNREADABLE,
  NO_ANSWER,
} from './driver.ts'
import { bareUrl, getJson, itemsAt, placeOf, placeText, sendJson, typesWith } from './shared.ts'

/** Flags of the settings. */
const TYPES = [
  'processed', 'deferred', 'delivered', 'bounce', 'dropped', 'open', 'click', 'spam_report', 'unsubscribe',
  'group_unsubscribe', 'group_resubscribe',
] // prettier-ignore

/** A flag that a person may have wanted or not. It is told only if asked for. */
const CHOSEN = 'account_status_change'

const US = 'api.sendgrid.com'
const HOSTS = new Map([
  ['us', US],
  ['eu', 'api.eu.sendgrid.com'],
])

const at = ({ settings: { region = '' } }: Pick<Account, 'settings'>, path: string): string =>
  `https://${HOSTS.get(region) ?? US}/v3${path}`

const headers = ({ key }: Pick<Account, 'key'>) => ({ authorization: `Bearer ${key}` })

const SETTINGS = '/user/webhooks/event/settings'

export const sendgrid: Driver = {
  provider: 'sendgrid',
  needs: [],
  regions: ['us', 'eu'],
  // Scopes: the vendor's permission table as copied by third parties (2026-12-01). It lists none for the logs.
  rights: {
    webhook: 'user.webhooks.event.settings.read',
    mend: 'user.webhooks.event.settings.update, .create',
    past: 'Email Activity: Read (which scope the logs need is not published)',
    suppressions: 'suppression.read, asm.groups.read; to change: suppression.create, suppression.delete',
  },
  keyCanSend: false,
  /** The key's own scopes. Those to read and those that every key has, such as `2fa_required`, are left out: they change nothing. */
  *surplus(account): Conversation<readonly string[]> {
    const scopes = itemsAt((yield getJson(at(account, '/scopes'), headers(account))).json, 'scopes')
    if (scopes === undefined) return UNREADABLE
    const texts = scopes.filter((scope) => typeof scope === 'string')
    return [
      ...texts.filter((scope) => scope === 'mail.send'),
      ...texts.filter((scope) =>
        /^(?!user\.webhooks\.event\.|suppression\.|asm\.).*\.(?:create|update|delete)$/.test(scope),
      ),
    ]
  },
  perSecond: 2,
  // A request a message. No limit of /v3/logs is published: it answers 429 to what is concurrent.
  callsAnHour: 3_600,
  limitEnds: { header: 'x-ratelimit-reset', as: 'unix' },
  webhook: {
    types: TYPES,
    tellsSigning: true,
    secretSlot: 'public_key',
    *seen(account): Conversation<readonly SeenWebhook[]> {
      const answer = yield getJson(at(account, `${SETTINGS}/all?include=${CHOSEN}`), headers(account))
      return itemsAt(answer.json, 'webhooks')?.flatMap(webhookOf) ?? UNREADABLE
    },
    /**
     * All flags are sent: the description does not say that others stay, and code of others says that they do not (read on 2026-12-02).
     * Signing is a setting of its own. Its answer has the key, whether it was on before or not.
     */
    *mend(account, seen): Conversation<Mended> {
      const wanted = {
        url: account.url,
        enabled: true,
        ...Object.fromEntries(typesWith(TYPES, seen).map((type) => [type, true])),
      }
      const made = seen?.id
        ? yield sendJson(
            'PATCH',
            at(account, `${SETTINGS}/${encodeURIComponent(seen.id)}`),
            headers(account),
            wanted,
          )
        : yield sendJson('POST', at(account, SETTINGS), headers(account), {
            ...wanted,
            friendly_name: 'Postern',
          })
      const id = seen?.id ?? textAt(made.json, 'id')
      if (id === undefined) return UNREADABLE
      const url = at(account, `${SETTINGS}/signed/${encodeURIComponent(id)}`)
      const publicKey = textAt(
        (yield sendJson('PATCH', url, headers(account), { enabled: true })).json,
        'public_key',
      )
      return publicKey === undefined ? UNREADABLE : { secrets: { public_key: publicKey } }
    },
  },
  past: {
    keptDays: 30,
    copies: { withinSeconds: 1 },
    // maxItems of EmailLogsGetMessageByIdResponse.
    lacks:
      'Events of mail that SendGrid accepted more than an hour before the span began are not found. Of a message, the newest 100 events are given.',
    page: pastPage,
  },
  suppressions: {
    reasons: ['hard_bounce', 'spam_report', 'unsubscribe'],
    adds: ['unsubscribe'],
    // Of a group and of the global list each address is removed by a request of its own.
    atOnce: 50,
    *list(account, cursor): Conversation<Page<Suppressed>> {
      const [list = '', offset = ''] = (cursor ?? `${LISTS[0].path} 0`).split(' ')
      const at = LISTS.findIndex(({ path }) => path === list)
      return at < 0 ? yield* groupPage(account) : yield* listPage(account, at, Number(offset))
    },
    *add(account, entries): Conversation<null> {
      for (const [group, addresses] of byGroup(entries)) {
        if (group !== null) {
          // SendGrid adds to its global list what is meant for a group that is gone. Nobody sends to such a group.
          const url = at(account, `/asm/groups/${group}`)
          const { status } = yield { ...getJson(url, headers(account)), alsoRead: [404] }
          if (status === 404) continue
        }
        const path = group === null ? '/asm/suppressions/global' : `/asm/groups/${group}/suppressions`
        yield sendJson('POST', at(account, path), headers(account), { recipient_emails: addresses })
      }
      return null
    },
    *remove(account, entries): Conversation<null> {
      for (const { path, reason } of LISTS) {
        const emails = entries.filter((entry) => entry.reason === reason).map(({ address }) => address)
        if (reason !== 'unsubscribe' && emails.length > 0)
          yield { ...sendJson('DELETE', at(account, path), headers(account), { emails }), alsoRead: [404] }
      }
      for (const [group, addresses] of byGroup(entries.filter(({ reason }) => reason === 'unsubscribe')))
        for (const address of addresses) {
          const path = group === null ? '/asm/suppressions/global' : `/asm/groups/${group}/suppressions`
          const url = at(account, `${path}/${encodeURIComponent(address)}`)
          yield { method: 'DELETE', url, headers: headers(account), alsoRead: [404] }
        }
      return null
    },
  },
}

/** An account without any webhook is described as one empty object. */
function webhookOf(item: Json): SeenWebhook[] {
  const id = textAt(item, 'id')
  if (id === undefined) return []
  return [
    {
      id,
      url: bareUrl(textAt(item, 'url')),
      enabled: booleanAt(item, 'enabled') ?? null,
      types: [...TYPES, CHOSEN].filter((type) => booleanAt(item, type) === true),
      signed: textAt(item, 'public_key') !== undefined || textAt(item, 'oauth_client_id') !== undefined,
      secret: textAt(item, 'public_key'),
      lastError: null,
      counts: null,
    },
  ]
}

/** Messages that one search gives at most. There are no pages. */
const MESSAGES_MAX = 1_000
/** Messages of a page: each takes a request. */
const MESSAGES_A_PAGE = 40
/** How long before the span a message may have been accepted. */
const ACCEPTED_BEFORE_MS = 60 * MINUTE_MS
const FIRST_WIDTH_SECONDS = 600
const WIDEST_SECONDS = 6 * 3_600

/**
 * Messages are searched by the time at which they were accepted, in windows that are halved until one search gives all. Then the events of
 * each are asked for. They have the fields of the webhook, except that custom arguments are in a field of their own.
 */
function* pastPage(account: Account, span: Span, cursor: string | null): Conversation<Page<Json>> {
  const end = Math.ceil(span.untilMs / 1_000)
  const { from, width, mark } = placeOf(cursor) ?? {
    from: Math.floor((span.sinceMs - ACCEPTED_BEFORE_MS) / 1_000),
    width: FIRST_WIDTH_SECONDS,
    mark: '',
  }
  const until = Math.min(from + width, end)
  const instant = (seconds: number) => `TIMESTAMP "${toInstant(seconds * 1_000).slice(0, 19)}Z"`
  const query = `sg_message_id_created_at >= ${instant(from)} AND sg_message_id_created_at < ${instant(until)}`
  const found = yield sendJson('POST', at(account, '/logs'), headers(account), { query, limit: MESSAGES_MAX })
  const messages = itemsAt(found.json, 'messages')
  if (messages === undefined) return UNREADABLE
  // A second with more messages than a search gives cannot be halved.
  if (messages.length >= MESSAGES_MAX && width > 1)
    return { items: [], next: placeText({ from, width: Math.floor(width / 2), mark: '' }) }
  const ids = messages.flatMap((message) => textAt(message, 'sg_message_id') ?? []).filter((id) => id > mark)
  const page = [...new Set(ids)].toSorted().slice(0, MESSAGES_A_PAGE)
  const items: Json[] = []
  for (const [i, id] of page.entries()) {
    const url = at(account, `/logs/${encodeURIComponent(id)}`)
    const message = yield { ...getJson(url, headers(account)), alsoRead: [404], endsPart: i > 0 }
    if (message === NO_ANSWER) return { items, next: placeText({ from, width, mark: page[i - 1] ?? mark }) }
    const events = message.status === 404 ? [] : itemsAt(message.json, 'events')
    if (events === undefined) return UNREADABLE
    items.push(...events.flatMap((event) => delivered(event, span)))
  }
  const last = page.at(-1)
  if (last !== undefined && ids.length > page.length)
    return { items, next: placeText({ from, width, mark: last }) }
  const wider = Math.min(messages.length < MESSAGES_MAX / 2 ? width * 2 : width, WIDEST_SECONDS)
  return { items, next: until >= end ? null : placeText({ from: until, width: wider, mark: '' }) }
}

/** Events of the log that no webhook brings. */
const OF_LOG_ALONE: ReadonlySet<string | undefined> = new Set(['received', 'cancel_drop', undefined])

/** The event as the webhook has it, if it happened in the span. */
function delivered(event: Json, { sinceMs, untilMs }: Span): Json[] {
  const atMs = secondsAt(event, 'timestamp') ?? Number.NaN
  if (!isObject(event) || OF_LOG_ALONE.has(textAt(event, 'event')) || !(atMs >= sinceMs && atMs < untilMs))
    return []
  const { custom_args: _own, ...rest } = event
  return [{ ...objectAt(event, 'custom_args'), ...rest }]
}

interface List {
  readonly path: string
  readonly reason: SuppressedReason
}

/** The lists in the order in which they are read; after them the groups. Blocks are left out: they end by themselves. */
const LISTS = [
  { path: '/suppression/bounces', reason: 'hard_bounce' },
  { path: '/suppression/invalid_emails', reason: 'hard_bounce' },
  { path: '/suppression/spam_reports', reason: 'spam_report' },
  { path: '/suppression/unsubscribes', reason: 'unsubscribe' },
] as const satisfies readonly List[]

const ENTRIES_A_PAGE = 500

function* listPage(account: Account, index: number, offset: number): Conversation<Page<Suppressed>> {
  const { path, reason }: List = LISTS[index] ?? LISTS[0]
  const url = at(account, `${path}?limit=${ENTRIES_A_PAGE}&offset=${offset}`)
  const entries = itemsAt((yield getJson(url, headers(account))).json)
  if (entries === undefined) return UNREADABLE
  const items = entries.flatMap((entry): Suppressed[] => {
    const address = textAt(entry, 'email')
    return address === undefined
      ? []
      : [{ address, reason, scope: null, atMs: secondsAt(entry, 'created') ?? null }]
  })
  const isLast = entries.length < ENTRIES_A_PAGE
  return {
    items,
    next: isLast ? `${LISTS[index + 1]?.path ?? 'groups'} 0` : `${path} ${offset + ENTRIES_A_PAGE}`,
  }
}

/** The entries of all groups. They have no pages. */
function* groupPage(account: Account): Conversation<Page<Suppressed>> {
  const entries = itemsAt((yield getJson(at(account, '/asm/suppressions'), headers(account))).json)
  if (entries === undefined) return UNREADABLE
  const items = entries.flatMap((entry): Suppressed[] => {
    const [address, group] = [textAt(entry, 'email'), textAt(entry, 'group_id')]
    return address === undefined || group === undefined
      ? []
      : [
          {
            address,
            reason: 'unsubscribe',
            scope: `group:${group}`,
            atMs: secondsAt(entry, 'created_at') ?? null,
          },
        ]
  })
  return { items, next: null }
}

/** Addresses by the number of their group; null for all mail. Scopes of another kind are not SendGrid's. */
function byGroup(entries: readonly Suppressed[]): ReadonlyMap<number | null, readonly string[]> {
  const groups = new Map<number | null, string[]>()
  for (const { address, scope } of entries) {
    const group = scope === null ? null : unixSeconds(/^group:(.+)$/.exec(scope)?.[1])
    if (group !== undefined) groups.set(group, [...(groups.get(group) ?? []), address])
  }
  return groups
}
