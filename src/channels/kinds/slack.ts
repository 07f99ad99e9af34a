/**
 * Slack, by an incoming webhook. It answers no name for a message, so a recovery is a second message.
 *
 * @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
import { type Adapter, CHAT_GIVE_UP_SECONDS, JSON_HEADERS, secretOf } from '../adapter.ts'
import { type VendorHosts, vendorUrlProblem } from '../hosts.ts'
import type { Notice } from '../notice.ts'
import { colorOf } from '../text/color.ts'
import {
  type Detail,
  actionsOf,
  evidenceOf,
  headlineOf,
  mostDetailed,
  roomFor,
  summaryOf,
  titleOf,
} from '../text/describe.ts'
import { escapeBy } from '../text/fitted.ts'

const HOSTS: VendorHosts = {
  exact: ['hooks.slack.com', 'hooks.slack-gov.com'],
  path: /^\/services\/[^/]+\/[^/]+\/[^/]+$/,
  mistaken: [
    {
      form: /^hooks\.slack(?:-gov)?\.com\/(?:triggers|workflows)\//,
      problem: 'Must be an incoming webhook: this URL starts a workflow, which takes other fields.',
    },
  ],
  example: 'https://hooks.slack.com/services/…',
}

/** Past about 13,200 characters of blocks Slack refuses a message, which is not documented. */
const MESSAGE_MAX_CHARACTERS = 10_000

/**
 * Without `<`, a text holds no mention and no link with other words.
 *
 * @see https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
const escape = escapeBy({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })

export const slack: Adapter = {
  label: 'Slack',
  entries: {},
  secrets: {
    webhook_url: {
      isRequired: true,
      description: 'The URL of an incoming webhook: https://hooks.slack.com/services/…',
      problem: (value, allowPrivate) => vendorUrlProblem(value, HOSTS, allowPrivate),
    },
  },
  keepsState: false,
  giveUpAfterSeconds: CHAT_GIVE_UP_SECONDS,
  answers: { isSuccess: ({ status, text }) => status === 200 && text.trim() === 'ok' },
  compose: (notices, target) => [
    {
      via: 'http',
      notices,
      url: secretOf(target, 'webhook_url'),
      headers: JSON_HEADERS,
      body: mostDetailed(
        (detail) => JSON.stringify(messageOf(notices, detail)),
        ({ length }) => length <= MESSAGE_MAX_CHARACTERS,
      ),
      isOperatorsHost: false,
    },
  ],
}

function messageOf(notices: readonly Notice[], detail: Detail) {
  const { shown, note } = roomFor(notices, detail)
  const [first] = shown
  const fallback = first === undefined ? '' : headlineOf(first, detail.headlineUnits, escape)
  return {
    // Slack shows this text in notifications, and the blocks in the channel.
    text: `${summaryOf(notices)} · ${fallback}`,
    blocks: [plainText(summaryOf(notices)), ...(note === null ? [] : [plainText(note)])],
    attachments: shown.map((notice) => ({
      color: `#${colorOf(notice).toString(16).padStart(6, '0').toUpperCase()}`,
      blocks: [
        ...(notices.length === 1 ? [] : [plainText(titleOf(notice))]),
        plainText(headlineOf(notice, detail.headlineUnits, escape)),
        ...evidenceBlock(notice, detail),
        ...linksOf(notice, detail),
      ],
    })),
  }
}

/** Slack formats nothing in a plain text: `*`, `_`, `~` and backticks have no escape. */
const plainText = (text: string) => ({ type: 'section', text: { type: 'plain_text', text, emoji: false } })

function evidenceBlock(notice: Notice, detail: Detail) {
  const lines = evidenceOf(notice, detail, escape)
  return lines.length === 0 ? [] : [plainText(lines.join('\n'))]
}

/** A button would report each click to the app, which most have no address for. */
function linksOf(notice: Notice, { actions }: Detail) {
  const links = actionsOf(notice, actions, linkLabel).map(
    ({ label, url }) => `<${url.replaceAll('&', '&amp;')}|${label}>`,
  )
  return links.length === 0
    ? []
    : [{ type: 'section', text: { type: 'mrkdwn', text: links.join('  ·  '), verbatim: true } }]
}

/** A label is formatted: what has no escape is left out. */
const linkLabel = (character: string): string => (/[*_~`|]/.test(character) ? '' : escape(character))
