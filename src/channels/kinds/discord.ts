/**
 * Discord, by a webhook of a text channel.
 *
 * @see https://docs.discord.com/developers/resources/webhook#execute-webhook
 */
import * as v from 'valibot'
import { setting } from '../../platform/settings.ts'
import type { HttpAnswer } from '../../outbound/post.ts'
import { type Adapter, CHAT_GIVE_UP_SECONDS, JSON_HEADERS, type Target, secretOf } from '../adapter.ts'
import { type VendorHosts, hasStatus, vendorUrlProblem } from '../hosts.ts'
import { parseJsonText } from '../../platform/json.ts'
import { colorOf } from '../text/color.ts'
import { type Digest, digestOf, mostDetailed } from '../text/describe.ts'
import { backslashed } from '../text/fitted.ts'

const HOSTS: VendorHosts = {
  exact: ['discord.com', 'discordapp.com'],
  path: /^\/api(?:\/v\d+)?\/webhooks\/\d+\/[\w-]+$/,
  mistaken: [
    {
      form: /\/(?:slack|github)$/,
      problem: 'Must end with the token: leave out /slack or /github, which take the form of others.',
    },
  ],
  example: 'https://discord.com/api/webhooks/<id>/<token>',
}

/** Of the titles, descriptions and footers of all embeds. */
const EMBEDS_MAX_CHARACTERS = 6_000
const DESCRIPTION_MAX_CHARACTERS = 4_096

/** Escapes the characters that begin Discord's Markdown, mentions and emoji. */
const escape = backslashed('\\*_~`|>#[]<@:')

interface Settings {
  readonly thread_id?: string | undefined
}

export const discord: Adapter<Settings> = {
  label: 'Discord',
  entries: {
    thread_id: setting(
      v.optional(v.pipe(v.string(), v.regex(/^\d{1,20}$/, 'Must be the id of a thread: digits.'))),
      'Thread',
      'A thread of the channel. A forum channel needs one.',
    ),
  },
  secrets: {
    webhook_url: {
      isRequired: true,
      description: 'The URL of a webhook: https://discord.com/api/webhooks/<id>/<token>',
      problem: (value, allowPrivate) => vendorUrlProblem(value, HOSTS, allowPrivate),
    },
  },
  keepsState: false,
  giveUpAfterSeconds: CHAT_GIVE_UP_SECONDS,
  answers: { isSuccess: hasStatus(200, 204), waitSeconds },
  compose: (notices, target) => [
    {
      via: 'http',
      notices,
      url: urlOf(target),
      headers: JSON_HEADERS,
      body: JSON.stringify({
        username: 'Postern',
        ...mostDetailed((detail) => messageOf(digestOf(notices, detail, escape)), fits),
        // Or a text with `@everyone` pings everyone.
        allowed_mentions: { parse: [] },
      }),
      isOperatorsHost: false,
    },
  ],
}

/** With `wait`, a message that was not saved is an error. */
function urlOf(target: Target<Settings>): string {
  const url = new URL(secretOf(target, 'webhook_url'))
  url.searchParams.set('wait', 'true')
  const { thread_id } = target.settings
  if (thread_id !== undefined) url.searchParams.set('thread_id', thread_id)
  return url.href
}

interface Message {
  /** An embed says all of a single notice. */
  readonly content?: string
  readonly embeds: readonly { readonly title: string; readonly description: string; readonly color: number }[]
}

const messageOf = ({ summary, shown, note }: Digest): Message => ({
  ...(shown.length === 1 ? {} : { content: note === null ? summary : `${summary}\n${note}` }),
  embeds: shown.map(({ notice, title, headline, evidence, actions }) => ({
    title,
    description: [
      `**${headline}**`,
      ...evidence,
      actions.map(({ label, url }) => `[${label}](${url})`).join(' · '),
    ]
      .filter((line) => line !== '')
      .join('\n'),
    color: colorOf(notice),
  })),
})

const fits = ({ embeds }: Message): boolean =>
  embeds.every(({ description }) => description.length <= DESCRIPTION_MAX_CHARACTERS) &&
  embeds.reduce((sum, { title, description }) => sum + title.length + description.length, 0) <=
    EMBEDS_MAX_CHARACTERS

/** Fractions of seconds in the body: https://docs.discord.com/developers/topics/rate-limits */
function waitSeconds({ text }: HttpAnswer): number | null {
  const body = parseJsonText(text)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null
  const seconds = body['retry_after']
  return typeof seconds === 'number' && seconds >= 0 ? Math.ceil(seconds) : null
}
