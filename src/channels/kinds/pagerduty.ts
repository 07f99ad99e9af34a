/**
 * PagerDuty, by Events API v2. The dedup key folds all notices of an incident into one alert, and resolves it.
 *
 * @see https://developer.pagerduty.com/docs/events-api-v2-overview
 */
import * as v from 'valibot'
import { setting } from '../../platform/settings.ts'
import { toInstant } from '../../platform/time.ts'
import { type Adapter, JSON_HEADERS, PAGER_GIVE_UP_SECONDS, secretOf } from '../adapter.ts'
import { hasStatus } from '../hosts.ts'
import type { Notice } from '../notice.ts'
import { type Detail, kindOf, sourceOf, tell } from '../text/describe.ts'
import { alertKey, alertsOf } from '../text/alert-key.ts'

const URLS = {
  us: 'https://events.pagerduty.com/v2/enqueue',
  eu: 'https://events.eu.pagerduty.com/v2/enqueue',
} as const

const KIND_MAX_CHARACTERS = 100

/** A summary may have 1,024 characters and a request 512 KB, which this never reaches. */
const DETAIL: Detail = { notices: 1, headlineUnits: 900, lines: 20, lineUnits: 500, actions: 5 }

/** PagerDuty asks for minutes and says no number: https://developer.pagerduty.com/docs/events-api-v2-overview#response-codes--retry-logic */
const RATE_LIMIT_SECONDS = 120

interface Settings {
  readonly region: keyof typeof URLS
}

export const pagerduty: Adapter<Settings> = {
  label: 'PagerDuty',
  entries: {
    region: setting(
      v.optional(v.picklist(['us', 'eu']), 'us'),
      'Region',
      "The service region of your account: eu if its address has '.eu.' in it.",
    ),
  },
  secrets: {
    routing_key: {
      isRequired: true,
      description: 'The integration key of an Events API v2 integration: 32 letters and digits.',
      problem: (value) =>
        /^[A-Za-z0-9]{32}$/.test(value)
          ? undefined
          : 'Must be the integration key of an Events API v2 integration: 32 letters and digits.',
    },
  },
  keepsState: true,
  giveUpAfterSeconds: PAGER_GIVE_UP_SECONDS,
  answers: { isSuccess: hasStatus(202), rateLimitSeconds: RATE_LIMIT_SECONDS },
  compose: (notices, target) =>
    Promise.all(
      alertsOf(notices).map(async ({ notice, alert, isOver }) => ({
        via: 'http' as const,
        notices: [notice],
        url: URLS[target.settings.region],
        headers: JSON_HEADERS,
        body: JSON.stringify({
          routing_key: secretOf(target, 'routing_key'),
          dedup_key: await alertKey(notice, alert),
          ...(isOver ? { event_action: 'resolve' } : eventOf(notice)),
        }),
        isOperatorsHost: false,
      })),
    ),
}

function eventOf(notice: Notice) {
  const { headline, evidence, actions } = tell(notice, DETAIL)
  const links = actions.map(({ label, url }) => ({ href: url, text: label }))
  const [first] = links
  return {
    event_action: 'trigger',
    client: 'Postern',
    ...(first === undefined ? {} : { client_url: first.href }),
    links,
    payload: {
      summary: headline,
      source: sourceOf(notice) ?? 'postern',
      severity: notice.severity,
      timestamp: toInstant(notice.sinceMs),
      class: kindOf(notice, KIND_MAX_CHARACTERS),
      custom_details: { incident: notice.incident, evidence },
    },
  }
}
