/**
 * Jira Service Management Operations, by an API integration. One host serves all regions. Bodies and header are those of Opsgenie's
 * alert API, which it has taken over.
 *
 * @see https://developer.atlassian.com/cloud/jira/service-desk-ops/integration-events/
 * @see https://docs.opsgenie.com/docs/alert-api
 */
import type { HttpAnswer } from '../../outbound/post.ts'
import type { Adapter, HttpMessage, SecretSlot } from '../adapter.ts'
import { JSON_HEADERS, PAGER_GIVE_UP_SECONDS, secretOf } from '../adapter.ts'
import { hasStatus } from '../hosts.ts'
import type { Severity } from '../../watch/severity.ts'
import type { Notice } from '../notice.ts'
import { alertKey, alertsOf } from '../text/alert-key.ts'
import { type Detail, kindOf, sourceOf, tell, titleOf } from '../text/describe.ts'
import { fitted } from '../text/fitted.ts'

const ALERTS_URL = 'https://api.atlassian.com/jsm/ops/integration/v2/alerts'
const MESSAGE_MAX_CHARACTERS = 130
const KIND_MAX_CHARACTERS = 50

/** A description may have 15,000 characters: 10 × 500 and 5 × 540 are less. */
const DETAIL: Detail = { notices: 1, headlineUnits: 900, lines: 10, lineUnits: 500, actions: 5 }

const PRIORITIES: Readonly<Record<Severity, string>> = {
  critical: 'P1',
  error: 'P2',
  warning: 'P3',
  info: 'P5',
}

const API_KEY: SecretSlot = {
  isRequired: true,
  description: 'The API key of an API integration.',
  problem: (value) =>
    /^[A-Za-z0-9-]{20,100}$/.test(value)
      ? undefined
      : 'Must be the API key of an API integration: 20 to 100 letters, digits and hyphens.',
}

export const jiraServiceManagement: Adapter = {
  label: 'Jira Service Management',
  entries: {},
  secrets: { api_key: API_KEY },
  keepsState: true,
  giveUpAfterSeconds: PAGER_GIVE_UP_SECONDS,
  answers: { isSuccess: hasStatus(202), waitSeconds },
  compose: messagesOf,
}

function messagesOf(
  notices: readonly Notice[],
  target: Parameters<Adapter['compose']>[1],
): Promise<HttpMessage[]> {
  return Promise.all(
    alertsOf(notices).map(async ({ notice, alert, isOver }) => ({
      via: 'http' as const,
      notices: [notice],
      ...requestOf(notice, await alertKey(notice, alert), isOver),
      headers: { ...JSON_HEADERS, authorization: `GenieKey ${secretOf(target, 'api_key')}` },
      isOperatorsHost: false,
    })),
  )
}

function requestOf(notice: Notice, alias: string, isOver: boolean) {
  return isOver
    ? {
        url: `${ALERTS_URL}/${alias}/close?identifierType=alias`,
        body: JSON.stringify({ source: 'Postern', note: titleOf(notice) }),
      }
    : { url: ALERTS_URL, body: JSON.stringify({ alias, ...alertOf(notice) }) }
}

function alertOf(notice: Notice) {
  const kind = kindOf(notice, KIND_MAX_CHARACTERS)
  const source = sourceOf(notice)
  const { title, headline, evidence, actions } = tell(notice, DETAIL)
  const links = actions.map(({ label, url }) => `${label}: ${url}`)
  return {
    message: fitted(headline, MESSAGE_MAX_CHARACTERS),
    description: [headline, title, ...evidence, ...links].join('\n'),
    priority: PRIORITIES[notice.severity],
    tags: ['postern', kind],
    details: { incident: String(notice.incident), kind },
    ...(source === null ? {} : { entity: source }),
    source: 'Postern',
  }
}

/** A limit's period: https://docs.opsgenie.com/docs/api-rate-limiting */
function waitSeconds({ headers }: HttpAnswer): number | null {
  const text = headers.get('x-ratelimit-period-in-sec') ?? ''
  return /^[0-9]{1,6}$/.test(text) ? Number(text) : null
}
