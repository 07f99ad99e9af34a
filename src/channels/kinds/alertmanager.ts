/**
 * Prometheus Alertmanager. The labels are the identity of an alert, so they hold nothing that changes.
 *
 * @see https://prometheus.io/docs/alerting/latest/clients/
 */
import * as v from 'valibot'
import { setting } from '../../platform/settings.ts'
import { toInstant } from '../../platform/time.ts'
import { type Adapter, JSON_HEADERS, PAGER_GIVE_UP_SECONDS, type Target } from '../adapter.ts'
import { hasStatus } from '../hosts.ts'
import type { Notice } from '../notice.ts'
import { alertKey } from '../text/alert-key.ts'
import { type Detail, kindOf, sourceOf, tell } from '../text/describe.ts'

/** An alert ends by itself unless it is sent again. */
const REPEAT_SECONDS = 60
/** Two repetitions may be lost. If Postern is down, the alert ends late but surely. */
const END_AFTER_MS = 3 * REPEAT_SECONDS * 1_000

const KIND_MAX_CHARACTERS = 100
const DETAIL: Detail = { notices: 1, headlineUnits: 600, lines: 10, lineUnits: 300, actions: 1 }

/** Visible ASCII, and spaces inside: RFC 9110 section 5.5 without obsolete text. */
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,2000}[\x21-\x7e])?$/

interface Settings {
  readonly url: string
}

export const alertmanager: Adapter<Settings> = {
  label: 'Alertmanager',
  entries: {
    url: setting(
      v.pipe(v.string(), v.maxLength(2_048)),
      'URL',
      'The base URL, without /api/v2/alerts. It is shown, so put credentials into authorization.',
      { flag: 'endpoint' },
    ),
  },
  secrets: {
    authorization: {
      isRequired: false,
      description: 'The header of a proxy before Alertmanager: Bearer …, or Basic …',
      problem: (value) =>
        HEADER_VALUE.test(value)
          ? undefined
          : 'Must be the value of an Authorization header: visible ASCII, such as Bearer and a token.',
    },
  },
  keepsState: true,
  repeatSeconds: REPEAT_SECONDS,
  giveUpAfterSeconds: PAGER_GIVE_UP_SECONDS,
  answers: { isSuccess: hasStatus(200), retriesRefusals: true },
  compose: async (notices, target, nowMs) => [
    {
      via: 'http',
      notices,
      url: urlOf(target),
      headers: headersOf(target),
      body: JSON.stringify(await Promise.all(notices.map((notice) => alertOf(notice, nowMs)))),
      isOperatorsHost: true,
    },
  ],
}

function urlOf({ settings }: Target<Settings>): string {
  const url = new URL(settings.url)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v2/alerts`
  return url.href
}

function headersOf({ secrets }: Target): Record<string, string> {
  const { authorization } = secrets
  return authorization === undefined ? JSON_HEADERS : { ...JSON_HEADERS, authorization }
}

async function alertOf(notice: Notice, nowMs: number) {
  const { headline, evidence, actions } = tell(notice, DETAIL)
  const [action] = actions
  const endsAtMs = notice.state === 'resolved' ? nowMs : nowMs + END_AFTER_MS
  return {
    labels: {
      alertname: `postern_${kindOf(notice, KIND_MAX_CHARACTERS)}`,
      source: sourceOf(notice) ?? 'postern',
      severity: notice.severity,
      key: await alertKey(notice, notice.alert),
    },
    annotations: {
      summary: headline,
      description: evidence.join('\n'),
      incident: String(notice.incident),
    },
    startsAt: toInstant(Math.min(notice.sinceMs, endsAtMs)),
    endsAt: toInstant(endsAtMs),
    ...(action === undefined ? {} : { generatorURL: action.url }),
  }
}
