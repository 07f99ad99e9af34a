/**
 * Microsoft Teams, by the workflow "Post to a channel when a webhook request is received". A bad card fails inside the workflow,
 * unseen by us. A recovery is a second message.
 *
 * @see https://support.microsoft.com/office/create-incoming-webhooks-with-workflows-for-microsoft-teams-8ae491c7-0394-4861-ba59-055e33f75498
 */
import { type Adapter, CHAT_GIVE_UP_SECONDS, JSON_HEADERS, secretOf } from '../adapter.ts'
import { type VendorHosts, hasStatus, vendorUrlProblem } from '../hosts.ts'
import type { Severity } from '../../watch/severity.ts'
import type { Notice } from '../notice.ts'
import { utf8 } from '../../platform/bytes.ts'
import { type Digest, type Told, digestOf, mostDetailed } from '../text/describe.ts'
import { asIs, backslashed } from '../text/fitted.ts'

const HOSTS: VendorHosts = {
  exact: [],
  below: ['.environment.api.powerplatform.com', '.logic.azure.com'],
  path: /\/workflows\/[^/]+\/triggers\/[^/]+\/paths\/invoke$/,
  mistaken: [
    {
      form: /(?:^|\.)webhook\.office\.com\/|^outlook\.office(?:365)?\.com\/webhook\//,
      problem:
        'Must be the URL of a workflow: Microsoft has switched off connectors, to which this URL belongs.',
    },
  ],
  example:
    'https://<environment>.environment.api.powerplatform.com/…/workflows/<id>/triggers/manual/paths/invoke?…&sig=…',
}

const NO_SIGNATURE =
  'Must have sig in its query: let anyone trigger the workflow, since Postern cannot log in to your tenant.'

/** Teams refuses cards from about 28 KB on. */
const BODY_MAX_BYTES = 20_000

/** A card's Markdown: https://adaptivecards.microsoft.com/?topic=markdown */
const escape = backslashed('\\[]()*_`#~|<>')

const STYLES: Readonly<Record<Severity, string>> = {
  critical: 'attention',
  error: 'attention',
  warning: 'warning',
  info: 'accent',
}

const styleOf = ({ state, severity }: Notice): string => (state === 'resolved' ? 'good' : STYLES[severity])

export const teams: Adapter = {
  label: 'Microsoft Teams',
  entries: {},
  secrets: {
    workflow_url: {
      isRequired: true,
      description: 'The URL of the workflow, which anyone may trigger. It has sig in its query.',
      problem: workflowUrlProblem,
    },
  },
  keepsState: false,
  giveUpAfterSeconds: CHAT_GIVE_UP_SECONDS,
  // 202: the run of the workflow is queued. Some templates answer 200.
  answers: { isSuccess: hasStatus(200, 201, 202) },
  compose: (notices, target) => [
    {
      via: 'http',
      notices,
      url: secretOf(target, 'workflow_url'),
      headers: JSON_HEADERS,
      body: mostDetailed(
        (detail) => JSON.stringify(messageOf(digestOf(notices, detail, escape, asIs))),
        (body) => utf8(body).byteLength <= BODY_MAX_BYTES,
      ),
      isOperatorsHost: false,
    },
  ],
}

function workflowUrlProblem(value: string, allowPrivate: boolean): string | undefined {
  const problem = vendorUrlProblem(value, HOSTS, allowPrivate)
  if (problem !== undefined || new URL(value).searchParams.has('sig')) return problem
  return HOSTS.below?.some((end) => new URL(value).host.endsWith(end)) ? NO_SIGNATURE : undefined
}

const messageOf = (digest: Digest) => ({
  type: 'message',
  attachments: [
    {
      contentType: 'application/vnd.microsoft.card.adaptive',
      contentUrl: null,
      content: cardOf(digest),
    },
  ],
})

const cardOf = ({ summary, shown, note }: Digest) => ({
  type: 'AdaptiveCard',
  $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
  version: '1.4',
  body: [
    ...(shown.length === 1 ? [] : [textBlock(summary, { weight: 'Bolder' })]),
    ...shown.map(({ notice, title, headline, evidence, actions }) => ({
      type: 'Container',
      style: styleOf(notice),
      items: [
        textBlock(title, { isSubtle: true }),
        textBlock(headline, { weight: 'Bolder' }),
        ...evidence.map((line) => textBlock(line, { spacing: 'Small' })),
        ...buttonsOf(actions),
      ],
    })),
    ...(note === null ? [] : [textBlock(note)]),
  ],
})

const textBlock = (text: string, look: object = {}) => ({ type: 'TextBlock', text, wrap: true, ...look })

const buttonsOf = (links: Told['actions']) => {
  const actions = links.map(({ label, url }) => ({ type: 'Action.OpenUrl', title: label, url }))
  return actions.length === 0 ? [] : [{ type: 'ActionSet', actions }]
}
