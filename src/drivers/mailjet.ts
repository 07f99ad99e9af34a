/**
 * Mailjet. A key is a pair, with all rights. Each event type has a callback of its own; together they are the webhook. Credentials are in
 * its URL.
 *
 * Contacts that are excluded from campaigns still get transactional mail (guides/_exclusionlist.md), so they are no suppressions here.
 *
 * @see mailjet/api-documentation@3a446e6 (2023): guides/_event-api.md; mailjet-gem for the fields; node-mailjet 6.0.2 for messages and their
 * history; its types (6.0.11) have `alive` and `dead`.
 */
import type { Json } from '../platform/json.ts'
import { booleanAt, secondsAt, textAt } from '../providers/shared/native.ts'
import {
  type Account,
  type Conversation,
  type Driver,
  type Mended,
  type Page,
  type SeenWebhook,
  UNREADABLE,
  NO_ANSWER,
} from './driver.ts'
import { basic, getJson, hasCredentials, itemsAt, sendJson, bareUrl } from './shared.ts'

const TYPES = ['sent', 'bounce', 'blocked', 'spam', 'unsub', 'open', 'click']

/** The history of each is a request of its own. */
const MESSAGES_A_PAGE = 25

const at = (path: string): string => `https://api.mailjet.com/v3/REST${path}`
const headers = ({ key }: Account) => ({ authorization: basic(key) })

export const mailjet: Driver = {
  provider: 'mailjet',
  needs: [],
  keyForm: 'API_KEY:SECRET_KEY',
  rights: {
    webhook: 'The API key: it has all rights',
    mend: 'The API key: it has all rights',
    past: 'The API key: it has all rights',
  },
  keyCanSend: true,
  perSecond: 2,
  // A request a message. No limit is published (looked up 7 December 2026), so half of what perSecond allows.
  callsAnHour: 3_600,
  webhook: {
    types: TYPES,
    tellsSigning: true,
    onePerType: true,
    *seen(account): Conversation<readonly SeenWebhook[]> {
      const rows = yield* callbacks(account)
      if (rows === UNREADABLE) return UNREADABLE
      const byUrl = Map.groupBy(rows, (row) => textAt(row, 'Url') ?? '')
      return [...byUrl].map(([url, own]) => webhookOf(url, own))
    },
    *mend(account): Conversation<Mended> {
      const rows = yield* callbacks(account)
      if (rows === UNREADABLE) return UNREADABLE
      for (const EventType of TYPES) {
        const row = rows.find((one) => textAt(one, 'EventType') === EventType)
        const id = textAt(row, 'ID')
        const wanted = { Url: account.url, Status: 'alive' }
        if (textAt(row, 'Url') === wanted.Url && textAt(row, 'Status') === wanted.Status) continue
        yield id === undefined
          ? sendJson('POST', at('/eventcallbackurl'), headers(account), { EventType, Version: 2, ...wanted })
          : sendJson('PUT', at(`/eventcallbackurl/${encodeURIComponent(id)}`), headers(account), wanted)
      }
      return {}
    },
  },
  past: {
    keptDays: null,
    copies: { withinSeconds: 30 },
    lacks:
      'Only events of messages that Mailjet took within the span, without links, lists and campaigns. It takes a request for each message.',
    *page(account, { sinceMs, untilMs }, cursor): Conversation<Page<Json>> {
      const offset = Number(cursor ?? 0)
      const query = new URLSearchParams({
        FromTS: instant(sinceMs),
        ToTS: instant(untilMs),
        ShowContactAlt: 'true',
        ShowCustomID: 'true',
        Limit: String(MESSAGES_A_PAGE),
        Offset: String(offset),
        Sort: 'ArrivedAt ASC',
      })
      const answer = yield getJson(at(`/message?${query.toString()}`), headers(account))
      const messages = itemsAt(answer.json, 'Data')
      if (messages === undefined || messages.length > MESSAGES_A_PAGE) return UNREADABLE
      const items: Json[] = []
      for (const [i, message] of messages.entries()) {
        const id = encodeURIComponent(textAt(message, 'ID') ?? '')
        const request = getJson(at(`/messagehistory/${id}`), headers(account))
        const history = yield { ...request, alsoRead: [404], endsPart: i > 0 }
        if (history === NO_ANSWER) return { items, next: String(offset + i) }
        for (const event of itemsAt(history.json, 'Data') ?? []) {
          const atMs = secondsAt(event, 'EventAt') ?? 0
          if (atMs >= sinceMs && atMs < untilMs) items.push(delivered(message, event))
        }
      }
      return { items, next: messages.length === MESSAGES_A_PAGE ? String(offset + MESSAGES_A_PAGE) : null }
    },
  },
}

/** Callbacks that are used, not those that stand in if they fail. `Limit=0` means a thousand. */
function* callbacks(account: Account): Conversation<readonly Json[]> {
  const answer = yield getJson(at('/eventcallbackurl?Limit=0'), headers(account))
  const rows = itemsAt(answer.json, 'Data')
  return rows?.filter((row) => booleanAt(row, 'IsBackup') !== true) ?? UNREADABLE
}

function webhookOf(url: string, rows: readonly Json[]): SeenWebhook {
  const states = rows.map((row) => textAt(row, 'Status'))
  return {
    id: null,
    url: bareUrl(url || undefined),
    enabled: states.includes('dead') ? false : states.every((state) => state === 'alive') ? true : null,
    types: rows.flatMap((row) => textAt(row, 'EventType') ?? []),
    signed: hasCredentials(url),
    lastError: null,
    counts: null,
  }
}

const instant = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** Words of the history whose event has another name in a delivery. */
const WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    opened: 'open',
    clicked: 'click',
    bounced: 'bounce',
  } as const),
)

const IS_HARD: ReadonlyMap<string, boolean> = new Map(
  Object.entries({ hardbounced: true, softbounced: false } as const),
)

/** As a delivery has it. Only the message says of which kind its bounce was. */
function delivered(message: Json, event: Json): Json {
  const word = textAt(event, 'EventType') ?? ''
  const isHard = word === 'bounced' ? IS_HARD.get(textAt(message, 'Status') ?? '') : undefined
  const text = (from: Json, name: string) => textAt(from, name) ?? ''
  return {
    event: WORDS.get(word) ?? word,
    time: secondsOf(event),
    email: text(message, 'ContactAlt'),
    MessageID: text(message, 'ID'),
    CustomID: text(message, 'CustomID'),
    comment: text(event, 'Comment'),
    agent: text(event, 'Useragent'),
    ...(isHard === undefined ? {} : { hard_bounce: isHard }),
  }
}

const secondsOf = (event: Json): number => Math.floor((secondsAt(event, 'EventAt') ?? 0) / 1_000)
