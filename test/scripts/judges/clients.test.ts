/** The drivers, judged by the vendors' own clients: both ask for the same, and read the same out of the answers. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  CLIENTS,
  CONVERSATIONS,
  type ConversationName,
  type Subject,
} from '../../../scripts/judges/clients.ts'
import {
  type Account,
  type ApiRequest,
  type Conversation,
  type Driver,
  type Page,
  type SeenWebhook,
  UNREADABLE,
  type Unreadable,
} from '../../../src/drivers/driver.ts'
import { DRIVERS } from '../../../src/drivers/index.ts'
import { bareUrl } from '../../../src/drivers/shared.ts'
import type { Json } from '../../../src/platform/json.ts'
import { FAKES } from '../../drivers/fakes/index.ts'
import type { Fake, FakeEsp } from '../../drivers/fakes/fake.ts'
import { converse } from '../../drivers/converse.ts'
import { overhear } from './overhear.ts'

const NOW_MS = Date.UTC(2026, 11, 1, 12)
const WEBHOOK_ID = '7312290'
const URL_HERE = 'https://gate.example/hooks/judged'

// A package that signs looks at the clock.
beforeAll(() => {
  vi.useFakeTimers({ now: NOW_MS, toFake: ['Date'] })
})
afterAll(() => {
  vi.useRealTimers()
})

/** Addresses with characters that must be escaped in a URL. */
const ADDRESSES = ['o+brien@example.com', "a/b?c'd@example.com", 'plain@example.com']

function subjectOf(fake: Fake, driver: Driver, name: ConversationName): Subject {
  const { suppressions } = driver
  const reasons = (name === 'add' ? suppressions?.adds : suppressions?.reasons) ?? []
  return {
    account: {
      key: fake.key,
      settings: { ...fake.settings, ...(name === 'install' ? { webhookId: WEBHOOK_ID } : {}) },
      url: 'https://hooks:a-password@gate.example/hooks/judged',
      nowMs: NOW_MS,
    },
    webhookId: WEBHOOK_ID,
    span: { sinceMs: NOW_MS - 3_600_000, untilMs: NOW_MS },
    entries: ADDRESSES.map((address, i) => {
      const reason = reasons[i % reasons.length] ?? 'manual'
      return { address, reason, scope: fake.scopes?.[reason]?.[0] ?? null, atMs: NOW_MS - 1_000 }
    }),
    secret: driver.installs?.slots.includes('basic_auth')
      ? { kind: 'basic', username: 'hooks', password: 'new' }
      : { kind: 'text', text: 'a-new-secret' },
  }
}

/** An account with a webhook, unless one is to be made, and events and suppressions. */
function filled(fake: Fake, driver: Driver, name: ConversationName, { entries }: Subject): FakeEsp {
  const esp = fake.open()
  const types = driver.webhook?.types ?? []
  if (name !== 'make')
    esp.webhooks.push({ id: WEBHOOK_ID, url: URL_HERE, enabled: true, types, signed: true })
  for (let i = 0; i < 7; i++) esp.events.push(esp.event(i, NOW_MS - 1_800_000 + i * 1_000))
  esp.suppressed.push(...entries)
  esp.troubled = true
  return esp
}

/** All pages: the items, by the requests of each. */
function* pages<Item>(
  page: (cursor: string | null) => Conversation<Page<Item>>,
): Conversation<readonly Item[]> {
  const items: Item[] = []
  for (let cursor: string | null = null; ;) {
    const read: Page<Item> | Unreadable = yield* page(cursor)
    if (read === UNREADABLE) return UNREADABLE
    items.push(...read.items)
    if (read.next === null) return items
    cursor = read.next
  }
}

/** The conversation of the driver; undefined if it has none of this name. */
function conversationOf(
  driver: Driver,
  name: ConversationName,
  subject: Subject,
): Conversation<unknown> | undefined {
  const { webhook, past, suppressions, installs } = driver
  const { account, span, entries, secret } = subject
  const seen: SeenWebhook = {
    id: WEBHOOK_ID,
    url: URL_HERE,
    enabled: true,
    types: webhook?.types ?? null,
    signed: true,
    lastError: null,
    counts: null,
  }
  const install = installs?.request(account, secret)
  const all: Readonly<Record<ConversationName, Conversation<unknown> | undefined>> = {
    seen: webhook?.seen(account),
    details: webhook?.details?.(account, seen),
    mend: webhook?.mend?.(account, seen),
    make: webhook?.mends === 'existing' ? undefined : webhook?.mend?.(account, null),
    past: past && pages((cursor) => past.page(account, span, cursor)),
    list: suppressions && pages((cursor) => suppressions.list(account, cursor)),
    add: suppressions?.add?.(account, entries),
    remove: suppressions?.remove?.(account, entries),
    install: install && once(install),
  }
  return all[name]
}

function* once(request: ApiRequest): Conversation<null> {
  yield request
  return null
}

const KEY_HEADERS = ['api-key', 'authorization', 'x-postmark-server-token']

/** Content of a request, however it is written. */
function saying({ method, url, headers, body = '' }: ApiRequest) {
  const { host, pathname, searchParams } = new URL(url)
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  return {
    method,
    host,
    path: pathname.split('/').map(decodeURIComponent),
    query: [...searchParams].map((pair) => pair.join('=')).toSorted(),
    key: KEY_HEADERS.flatMap((name) => keyIn(headers[name])),
    body:
      body === ''
        ? null
        : isForm
          ? [...new URLSearchParams(body)].map((pair) => pair.join('=')).toSorted()
          : (JSON.parse(body) as Json),
    isJson: body !== '' && headers['content-type']?.startsWith('application/json') === true,
  }
}

/** Of a signature, the key and its scope: the fake recomputes the rest, for both. */
const keyIn = (header: string | undefined): string[] =>
  header === undefined ? [] : [/^AWS4-HMAC-SHA256 Credential=[^,]+/.exec(header)?.[0] ?? header]

const rows = DRIVERS.flatMap((driver) =>
  (Object.keys(CONVERSATIONS) as ConversationName[]).flatMap((name) => {
    const fake = FAKES.find(({ provider }) => provider === driver.provider)
    if (fake === undefined) throw new Error(`no fake of ${driver.provider}`)
    const subject = subjectOf(fake, driver, name)
    const has = conversationOf(driver, name, subject) !== undefined
    return has ? [{ provider: driver.provider, name, driver, fake, subject }] : []
  }),
)

const rowOf = (provider: string, name: ConversationName) => CLIENTS[provider]?.rows[name]

it('has a row for each conversation of each driver, and no other', () => {
  const named = Object.entries(CLIENTS).flatMap(([provider, { rows: own }]) =>
    Object.keys(own).map((name) => `${provider} ${name}`),
  )
  expect(named.toSorted()).toEqual(rows.map(({ provider, name }) => `${provider} ${name}`).toSorted())
})

/** The URLs, names or addresses in the result of the driver. */
function read(name: ConversationName, result: unknown): readonly string[] {
  if (name === 'seen') return (result as readonly SeenWebhook[]).flatMap(({ url, id }) => url ?? id ?? [])
  if (name === 'list') return (result as readonly { address: string }[]).map(({ address }) => address)
  return (result as readonly Json[]).map((item) => RECIPIENT.exec(JSON.stringify(item))?.[0] ?? '')
}

const RECIPIENT = /person\d+@example\.com/i

describe.each(rows.filter(({ provider, name }) => typeof rowOf(provider, name) === 'object'))(
  '$provider: $name',
  ({ provider, name, driver, fake, subject }) => {
    const row = rowOf(provider, name)
    if (typeof row !== 'object') return

    const ours = async (account: Account) => {
      const conversation = conversationOf(driver, name, subject)
      if (conversation === undefined) throw new Error('no conversation')
      const talked = await converse(driver, account, conversation, filled(fake, driver, name, subject).answer)
      if (!talked.ok) throw new Error(talked.code)
      return talked
    }

    it('the package asks as the driver does, but for a difference that is explained', async () => {
      const { requests, result } = await ours(subject.account)
      const explain = row.reservation?.ours ?? ((one) => one)
      const { answer } = filled(fake, driver, name, subject)
      const theirs = await overhear(answer, async () => row.call(subject))
      const explained = theirs.requests.map(explain)
      expect(requests.map(saying)).toEqual(explained.map(saying))
      if (row.reservation?.ours !== undefined)
        expect(theirs.requests.map(saying)).not.toEqual(explained.map(saying))
      if (theirs.result !== undefined)
        expect(theirs.result.map((one) => bareUrl(one) ?? '').toSorted()).toEqual(
          read(name, result).toSorted(),
        )
    })
  },
)
