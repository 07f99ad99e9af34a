/**
 * Slack, by an incoming webhook. It answers no name for a message, so a recovery is a second message.
 *
 * @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
import { type Adapter, CHAT_GIVE_UP_SECONDS, JSON_HEADERS, secretOf } from '../adapter.ts'
import { type VendorHosts, vendorUrlProblem } from '../hosts.ts'
import { colorOf } from '../text/color.ts'
import { type Digest, type Told, digestOf, mostDetailed } from '../text/describe.ts'
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
        (detail) => JSON.stringify(messageOf(digestOf(notices, detail, escape, linkLabel))),
        ({ length }) => length <= MESSAGE_MAX_CHARACTERS,
      ),
      isOperatorsHost: false,
    },
  ],
}

function messageOf({ summary, shown, note }: Digest) {
  return {
    // Slack shows this text in notifications, and the blocks in the channel.
    text: `${summary} · ${shown[0]?.headline ?? ''}`,
    blocks: [plainText(summary), ...(note === null ? [] : [plainText(note)])],
    attachments: shown.map(({ notice, title, headline, evidence, actions }) => ({
      color: `#${colorOf(notice).toString(16).padStart(6, '0').toUpperCase()}`,
      blocks: [
        ...(shown.length === 1 ? [] : [plainText(title)]),
        plainText(headline),
        ...(evidence.length === 0 ? [] : [plainText(evidence.join('\n'))]),
        ...linksOf(actions),
      ],
    })),
  }
}

/** Slack formats nothing in a plain text: `*`, `_`, `~` and backticks have no escape. */
const plainText = (text: string) => ({ type: 'section', text: { type: 'plain_text', text, emoji: false } })

/** A button would report each click to the app, which most have no address for. */
function linksOf(actions: Told['actions']) {
  const links = actions.map(({ label, url }) => `<${url.replaceAll('&', '&amp;')}|${label}>`)
  return links.length === 0
    ? []
    : [{ type: 'section', text: { type: 'mrkdwn', text: links.join('  ·  '), verbatim: true } }]
}

/** A label is formatted: what has no escape is left out. */
const linkLabel = (character: string): string => (/[*_~`|]/.test(character) ? '' : escape(character))
