/**
 * Postmark. The token of a server has all rights, and a webhook and its suppressions are of one message stream.
 *
 * @see https://postmarkapp.com/developer/api (2026-12-01): webhooks, bounces, suppressions; ActiveCampaign/postmark-skills@95f4c70 (2026-09):
 * statistics of a webhook, and its verification
 */
import type { Json } from '../platform/json.ts'
import { HOUR_MS, toInstant } from '../platform/time.ts'
import { booleanAt, instantAt, objectAt, textAt, valueAt } from '../providers/shared/native.ts'
import {
  type Account,
  type Conversation,
  type Driver,
  type Mended,
  type Page,
  REFUSED,
  type Refused,
  type SeenWebhook,
  type Suppressed,
  type SuppressedReason,
  UNREADABLE,
} from './driver.ts'
import { bareUrl, getJson, itemsAt, parted, placeOf, placeText, sendJson } from './shared.ts'

const TYPES = ['Delivery', 'Bounce', 'SpamComplaint', 'Open', 'Click', 'SubscriptionChange']

const at = (path: string): string => `https://api.postmarkapp.com${path}`

const headers = ({ key }: Pick<Account, 'key'>) => ({ 'x-postmark-server-token': key })

const streamOf = ({ settings: { stream = 'outbound' } }: Pick<Account, 'settings'>): string => stream

const TOKEN = 'The token of the server: it has all rights'

export const postmark: Driver = {
  provider: 'postmark',
  needs: [],
  rights: { webhook: TOKEN, mend: TOKEN, past: TOKEN, suppressions: TOKEN },
  keyCanSend: true,
  perSecond: 2,
  webhook: {
    types: TYPES,
    tellsSigning: true,
    *seen(account): Conversation<readonly SeenWebhook[]> {
      const url = at(`/webhooks?MessageStream=${encodeURIComponent(streamOf(account))}`)
      const answer = yield getJson(url, headers(account))
      return itemsAt(answer.json, 'Webhooks')?.map(webhookOf) ?? UNREADABLE
    },
    /** Of the last 24 hours. Postmark pauses a type of which too much fails: it is unverified then, and its events are dropped. */
    *details(account, seen): Conversation<SeenWebhook> {
      const url = at(`/webhooks/${encodeURIComponent(seen.id ?? '')}/statistics`)
      const { status, json } = yield { ...getJson(url, headers(account)), alsoRead: [404] }
      if (status === 404) return seen
      const [delivered, failed] = ['SuccessCount', 'FailureCount'].map((name) =>
        valueAt(json, 'Metrics', name),
      )
      if (typeof delivered !== 'number' || typeof failed !== 'number') return UNREADABLE
      const paused = TYPES.filter((type) => textAt(json, 'Statuses', type) === 'unverified')
      return {
        ...seen,
        faults: paused.length === 0 ? [] : [`paused until verified: ${paused.join(', ')}`],
        counts: { delivered, failed },
      }
    },
    /** Before it saves, Postmark calls the URL once for each type and answers 422 unless it gets 200. */
    *mend(account, seen): Conversation<Mended> {
      const { url: Url, username, password } = parted(account.url)
      const wanted = {
        Url,
        ...(username === '' ? {} : { HttpAuth: { Username: username, Password: password } }),
        Triggers: Object.fromEntries(
          TYPES.filter((type) => isMissing(type, seen)).map((type) => [
            type,
            { Enabled: true, ...(seen?.types?.includes(type) === true ? {} : OPTIONS[type]) },
          ]),
        ),
      }
      yield seen === null
        ? sendJson('POST', at('/webhooks'), headers(account), { ...wanted, MessageStream: streamOf(account) })
        : sendJson('PUT', at(`/webhooks/${encodeURIComponent(seen.id ?? '')}`), headers(account), wanted)
      return {}
    },
  },
  past: {
    keptDays: 45,
    copies: { withinSeconds: 1 },
    lacks:
      'Bounces and complaints alone. Deliveries, opens, clicks and unsubscribes are not given, nor more than 10,000 bounces within six hours.',
    *page(account, { sinceMs, untilMs }, cursor): Conversation<Page<Json>> {
      const end = Math.ceil(untilMs / 1_000)
      const { from, width, mark } = placeOf(cursor) ?? {
        from: Math.floor(sinceMs / 1_000),
        width: DAY_SECONDS,
        mark: '0',
      }
      const offset = Number(mark)
      const until = Math.min(from + width, end)
      const query = new URLSearchParams({
        count: String(BOUNCES_A_PAGE),
        offset: mark,
        messagestream: streamOf(account),
        fromdate: easternDay(from * 1_000 - EASTERN_BEHIND_MS),
        todate: easternDay(until * 1_000),
      })
      const { json } = yield getJson(at(`/bounces?${query.toString()}`), headers(account))
      const bounces = itemsAt(json, 'Bounces')
      if (bounces === undefined) return UNREADABLE
      const total = valueAt(json, 'TotalCount')
      if (typeof total === 'number' && total > BOUNCES_MAX && width > HOUR_SECONDS)
        return { items: [], next: placeText({ from, width: Math.ceil(width / 2), mark: '0' }) }
      const bounds = [Math.max(sinceMs, from * 1_000), Math.min(untilMs, until * 1_000)] as const
      const items = bounces.flatMap((bounce) => delivered(bounce, ...bounds))
      const read = offset + BOUNCES_A_PAGE
      if (bounces.length === BOUNCES_A_PAGE && read + BOUNCES_A_PAGE <= BOUNCES_MAX)
        return { items, next: placeText({ from, width, mark: String(read) }) }
      return { items, next: until >= end ? null : placeText({ from: until, width, mark: '0' }) }
    },
  },
  suppressions: {
    reasons: ['hard_bounce', 'spam_report', 'unsubscribe', 'manual'],
    adds: ['unsubscribe', 'manual'],
    keeps: ['spam_report'],
    atOnce: 50,
    wholeScope: (settings) => scopeOf({ settings }),
    /** A page for each reason, as the dump has none. */
    *list(account, cursor): Conversation<Page<Suppressed>> {
      const index = Math.max(0, REASONS.indexOf(cursor ?? ''))
      const query = `dump?SuppressionReason=${REASONS[index] ?? ''}`
      const { json } = yield getJson(suppressionsAt(account, query), headers(account))
      const items = itemsAt(json, 'Suppressions')
      if (items === undefined) return UNREADABLE
      return { items: items.flatMap((item) => suppressedOf(account, item)), next: REASONS[index + 1] ?? null }
    },
    *add(account, entries): Conversation<null | Refused> {
      const answers = yield* send(account, '', entries)
      if (answers === UNREADABLE) return UNREADABLE
      return answers.every((one) => textAt(one, 'Status') === 'Suppressed') ? null : REFUSED
    },
    *remove(account, entries): Conversation<null> {
      return (yield* send(account, 'delete', entries)) === UNREADABLE ? UNREADABLE : null
    },
  },
  installs: {
    slots: ['basic_auth'],
    /** Fields that are absent stay as they are. Postmark tests the new credentials first, so Postern must accept them first. */
    request({ key, settings: { webhookId = '' } }, secret) {
      if (secret.kind !== 'basic') return undefined
      const HttpAuth = { Username: secret.username, Password: secret.password }
      return sendJson('PUT', at(`/webhooks/${webhookId}`), headers({ key }), { HttpAuth })
    },
  },
}

/** The content of the mail is of no use here. Each open counts, not only the first. */
const OPTIONS: Readonly<Record<string, object>> = {
  Open: { PostFirstOpenOnly: false },
  Bounce: { IncludeContent: false },
  SpamComplaint: { IncludeContent: false },
}

/** A type that is on keeps the options that somebody chose; one that is paused is verified again. */
const isMissing = (type: string, seen: SeenWebhook | null): boolean =>
  seen?.types?.includes(type) !== true || seen.faults?.some((words) => words.includes(type)) === true

/** Postmark does not switch webhooks off as a whole. */
function webhookOf(item: Json): SeenWebhook {
  const hasHeaders = (itemsAt(item, 'HttpHeaders') ?? []).length > 0
  return {
    id: textAt(item, 'ID') ?? null,
    url: bareUrl(textAt(item, 'Url')),
    enabled: null,
    types: TYPES.filter((type) => booleanAt(item, 'Triggers', type, 'Enabled') === true),
    signed: hasHeaders || textAt(item, 'HttpAuth', 'Username') !== undefined,
    lastError: null,
    counts: null,
  }
}

const BOUNCES_A_PAGE = 500
/** Of one search: `count` and `offset` together. */
const BOUNCES_MAX = 10_000
const HOUR_SECONDS = 3_600
const DAY_SECONDS = 86_400

/** `fromdate` and `todate` are Eastern Time, four or five hours behind UTC. The items have a zone, so more is asked for, and then cut. */
const EASTERN_BEHIND_MS = 5 * HOUR_MS
const easternDay = (ms: number): string => toInstant(ms).slice(0, 19)

/** As the webhook brings it. A complaint is a bounce here, and a record of its own there. */
function delivered(bounce: Json, sinceMs: number, untilMs: number): Json[] {
  const atMs = instantAt(bounce, 'BouncedAt') ?? Number.NaN
  if (!(atMs >= sinceMs && atMs < untilMs)) return []
  return [
    {
      ...objectAt(bounce),
      RecordType: textAt(bounce, 'Type') === 'SpamComplaint' ? 'SpamComplaint' : 'Bounce',
    },
  ]
}

const REASONS = ['HardBounce', 'SpamComplaint', 'ManualSuppression']

const suppressionsAt = (account: Account, path: string): string =>
  at(`/message-streams/${encodeURIComponent(streamOf(account))}/suppressions${path === '' ? '' : `/${path}`}`)

const scopeOf = (account: Pick<Account, 'settings'>): string => `stream:${streamOf(account)}`

/** Only the person's own decision and an operator's hold for the stream in Postern's list, as in the events of both. */
function suppressedOf(account: Account, item: Json): Suppressed[] {
  const address = textAt(item, 'EmailAddress')
  const why = textAt(item, 'SuppressionReason')
  if (address === undefined) return []
  const byHand: SuppressedReason = textAt(item, 'Origin') === 'Recipient' ? 'unsubscribe' : 'manual'
  const reason = why === 'HardBounce' ? 'hard_bounce' : why === 'SpamComplaint' ? 'spam_report' : byHand
  const scope = reason === byHand ? scopeOf(account) : null
  return [{ address, reason, scope, atMs: instantAt(item, 'CreatedAt') ?? null }]
}

/** Entries of another stream are not sent. Postmark answers for each entry, and refuses to remove complaints. */
function* send(
  account: Account,
  path: '' | 'delete',
  entries: readonly Suppressed[],
): Conversation<readonly Json[]> {
  const own = entries.filter(({ scope }) => scope === null || scope === scopeOf(account))
  const Suppressions = own.map(({ address }) => ({ EmailAddress: address }))
  if (own.length === 0) return []
  const { json } = yield sendJson('POST', suppressionsAt(account, path), headers(account), { Suppressions })
  return itemsAt(json, 'Suppressions') ?? UNREADABLE
}
