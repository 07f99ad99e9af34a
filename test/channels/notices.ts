/** Notices and channels that tests change a little. */
import type { Target } from '../../src/channels/adapter.ts'
import type { ChannelKind } from '../../src/channels/index.ts'
import type { Notice } from '../../src/channels/notice.ts'

export const NOW_MS = Date.parse('2026-11-27T03:12:00Z')

export const SIGNING_SECRET = 'whsec_cG9zdGVybi10ZXN0LWNoYW5uZWwtc2VjcmV0LTAx'

export const notice = (change: Partial<Notice> = {}): Notice => ({
  incident: 17,
  source: 'shop-sendgrid',
  sources: ['shop-sendgrid'],
  kind: 'bounce_share',
  severity: 'critical',
  headline: 'bounces are 31 % of outcomes, usually 2.1 % (41 of 132 in 20 min)',
  sinceMs: Date.parse('2026-11-27T02:55:00Z'),
  evidence: ['Networks never seen before: 12', 'Hard bounces: 39'],
  actions: [{ label: 'Open', url: 'https://console.example.com/incidents/17?tab=a&b=c' }],
  dedupeKey: 'bounce_share shop-sendgrid',
  state: 'firing',
  sequence: 0,
  replyTo: null,
  alert: 0,
  earlierAlerts: [],
  ...change,
})

/** `postern-` and the first half of `printf 'bounce_share shop-sendgrid' | sha256sum`. */
export const KEY = 'postern-4f5a68cb5d6e7331b8c21a23f53dc5d6'

/** A working channel of each kind: what the document's settings and secrets are. */
export const TARGETS: Readonly<Record<ChannelKind, Target>> = {
  mail: { settings: { from: 'postern@example.com', to: ['ops@example.com'] }, secrets: {} },
  slack: {
    settings: {},
    secrets: { webhook_url: 'https://hooks.slack.com/services/T0AAA/B0BBB/hV8sWqLr2nJx5Kd' },
  },
  pagerduty: { settings: { region: 'us' }, secrets: { routing_key: 'R0a1b2c3d4e5f60718293a4b5c6d7e8f' } },
  teams: {
    settings: {},
    secrets: {
      workflow_url:
        'https://contoso.12.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/0f1e/triggers/manual/paths/invoke?api-version=1&sig=w9Xk2',
    },
  },
  discord: {
    settings: { thread_id: '77' },
    secrets: { webhook_url: 'https://discord.com/api/webhooks/112233/tOk-En_9Zq4' },
  },
  jira_service_management: {
    settings: {},
    secrets: { api_key: '7c1b5f0e-8d2a-4b66-9e3f-0a1b2c3d4e5f' },
  },
  alertmanager: {
    settings: { url: 'https://alerts.example.com/prometheus/' },
    secrets: { authorization: 'Bearer fK3vQ81xZr' },
  },
  webhook: {
    settings: { url: 'https://pager.example.com/hook' },
    secrets: { signing_secret: SIGNING_SECRET },
  },
}
