/**
 * Stands in for all vendors at once, and for Cloudflare's mail binding. Each refuses what the vendor's pages say that it refuses, with
 * limits written down here a second time.
 */
import { Webhook } from 'standardwebhooks'
import type { Mail } from '../../src/channels/adapter.ts'
import type { SendDeps } from '../../src/channels/send.ts'
import { Deadlines } from '../../src/outbound/deadlines.ts'
import { systemNowMs } from '../../src/platform/clock.ts'
import { NOW_MS, SIGNING_SECRET } from './notices.ts'

export interface Seen {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly redirect: unknown
}

type Vendor = (request: Seen) => Response | Promise<Response>

// oxlint-disable-next-line typescript/no-explicit-any -- what is wrong in it makes the vendor refuse it, or throw
type Json = any

const refused = (status: number, why: string): Response => new Response(why, { status })
const bytesOf = (text: string): number => new TextEncoder().encode(text).byteLength

/** The value of each string member of this name, at any depth. */
export const membersOf = (value: unknown, name: string): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, inner]) =>
        key === name && typeof inner === 'string' ? [inner] : membersOf(inner, name),
      )

const slack: Vendor = ({ body }) => {
  const message = JSON.parse(body)
  const blocks = [message, ...message.attachments].flatMap(({ blocks = [] }) => blocks as Json[])
  const texts = blocks.map(({ text }) => text)
  const isWrong =
    typeof message.text !== 'string' ||
    message.text.length > 40_000 ||
    blocks.length > 50 ||
    texts.some(({ text }) => text.length === 0 || text.length > 3_000) ||
    JSON.stringify(blocks).length > 13_200
  return isWrong ? refused(400, 'invalid_payload') : new Response('ok')
}

const discord: Vendor = ({ url, body }) => {
  const { content = '', embeds, allowed_mentions } = JSON.parse(body)
  const characters = embeds.reduce(
    (sum: number, one: Json) => sum + one.title.length + one.description.length,
    0,
  )
  const isWrong =
    content.length > 2_000 ||
    embeds.length > 10 ||
    characters > 6_000 ||
    embeds.some((one: Json) => one.title.length > 256 || one.description.length > 4_096) ||
    JSON.stringify(allowed_mentions) !== '{"parse":[]}'
  if (isWrong) return refused(400, '{"code":50035}')
  return new URL(url).searchParams.get('wait') === 'true'
    ? Response.json({ id: '1234' })
    : new Response(null, { status: 204 })
}

const teams: Vendor = ({ body }) => {
  const [attachment] = JSON.parse(body).attachments
  const isCard =
    attachment.contentType === 'application/vnd.microsoft.card.adaptive' &&
    attachment.content.version === '1.4'
  return isCard && bytesOf(body) < 28_000 ? new Response(null, { status: 202 }) : refused(413, '')
}

const pagerduty: Vendor = ({ body }) => {
  const { routing_key, event_action, dedup_key, payload } = JSON.parse(body)
  const isEvent =
    /^\w{32}$/.test(routing_key) &&
    dedup_key.length <= 255 &&
    bytesOf(body) <= 512_000 &&
    (event_action === 'resolve' ||
      (event_action === 'trigger' &&
        payload.summary.length <= 1_024 &&
        payload.source.length > 0 &&
        ['critical', 'error', 'warning', 'info'].includes(payload.severity) &&
        !Number.isNaN(Date.parse(payload.timestamp))))
  return isEvent
    ? Response.json({ status: 'success', message: 'Event processed', dedup_key }, { status: 202 })
    : refused(400, '{"status":"invalid event","errors":[]}')
}

const genie: Vendor = ({ url, headers, body }) => {
  if (!/^GenieKey \S+$/.test(headers['authorization'] ?? '')) return refused(401, '')
  const alert = JSON.parse(body)
  const isClose = /\/alerts\/[\w-]{1,512}\/close$/.test(new URL(url).pathname)
  const isRight =
    isClose ||
    (alert.message.length > 0 &&
      alert.message.length <= 130 &&
      alert.alias.length <= 512 &&
      alert.description.length <= 15_000 &&
      /^P[1-5]$/.test(alert.priority) &&
      alert.tags.every((tag: string) => tag.length <= 50))
  return isRight ? Response.json({ result: 'Request will be processed' }, { status: 202 }) : refused(422, '')
}

const alertmanager: Vendor = ({ body }) => {
  const isRight = JSON.parse(body).every(
    ({ labels, startsAt, endsAt }: Json) =>
      labels.alertname !== '' &&
      Object.values(labels).every((label) => typeof label === 'string' && label !== '') &&
      Date.parse(startsAt) <= Date.parse(endsAt),
  )
  return isRight ? new Response(null) : refused(400, '"bad alert"')
}

/** A receiver with a library of its own. It compares with the real clock, so the signature is made anew for that. */
const webhook: Vendor = ({ headers, body }) => {
  const {
    'webhook-id': id = '',
    'webhook-timestamp': seconds = '',
    'webhook-signature': signature = '',
  } = headers
  const expected = new Webhook(SIGNING_SECRET).sign(id, new Date(Number(seconds) * 1_000), body)
  const isRight = signature.split(' ').includes(expected) && !id.includes('.') && bytesOf(body) < 20_000
  return new Response(null, { status: isRight ? 204 : 401 })
}

const VENDORS: Readonly<Record<string, Vendor>> = {
  'hooks.slack.com': slack,
  'discord.com': discord,
  'contoso.12.environment.api.powerplatform.com': teams,
  'events.pagerduty.com': pagerduty,
  'api.atlassian.com': genie,
  'alerts.example.com': alertmanager,
  'pager.example.com': webhook,
}

/** Answer of the vendor of this host; undefined if no vendor has it. */
export const vendorAnswer = (request: Seen): Response | Promise<Response> | undefined =>
  VENDORS[new URL(request.url).host]?.(request)

/** How the fake answers: as the vendor does, or as it does on a bad day. */
export type Mood =
  | 'as usual'
  | 'silent'
  | 'unreachable'
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }

export class Fake {
  readonly seen: Seen[] = []
  readonly mails: Mail[] = []
  readonly #mood: Mood

  constructor(mood: Mood = 'as usual') {
    this.#mood = mood
  }

  deps(change: Partial<SendDeps> = {}): SendDeps {
    return {
      fetch: (url, init) => this.#fetch(url as string, init as RequestInit),
      mail: { send: (mail) => this.#send(mail) },
      checkHost: () => Promise.resolve('public'),
      deadlines: new Deadlines(systemNowMs),
      rules: { allowPrivate: false, ownHosts: [] },
      nowMs: () => NOW_MS,
      deadlineMs: 1_000,
      ...change,
    }
  }

  async #fetch(url: string, { headers, body, redirect, signal }: RequestInit): Promise<Response> {
    const request = { url, headers: headers as Record<string, string>, body: body as string, redirect }
    this.seen.push(request)
    const mood = this.#mood
    if (mood === 'silent') return untilAborted(signal)
    if (mood === 'unreachable') throw new TypeError(`fetch of ${url} failed`)
    if (mood !== 'as usual') return new Response(mood.body ?? null, mood)
    const answer = vendorAnswer(request)
    if (answer === undefined) throw new TypeError(`no such host: ${url}`)
    return answer
  }

  /** @see https://developers.cloudflare.com/email-service/api/send-emails/workers-api/ */
  #send(mail: Mail): Promise<{ messageId: string }> {
    this.mails.push(mail)
    if (this.#mood === 'silent') return new Promise(() => {})
    const headers = Object.entries(mail.headers)
    const isWrong =
      mail.subject.length > 998 ||
      /[\r\n]/.test(mail.subject) ||
      headers.some(([, value]) => value === '' || value.length > 2_048 || /[\r\n]/.test(value))
    if (isWrong) return Promise.reject(Object.assign(new Error('bad mail'), { code: 'E_VALIDATION_ERROR' }))
    return Promise.resolve({ messageId: `<${this.mails.length}@mail.example.com>` })
  }
}

const untilAborted = (signal: AbortSignal | null | undefined): Promise<Response> =>
  new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
  })
