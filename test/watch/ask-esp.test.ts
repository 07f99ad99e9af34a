/** Silences, and what the ESP says of its webhook. */
import { expect, it } from 'vitest'
import type { WebhookReport } from '../../src/api/webhooks.ts'
import { withEspWord } from '../../src/watch/reading/ask-esp.ts'
import type { SourceChange } from '../../src/watch/watchers/api.ts'

const RIGHT: WebhookReport = {
  checked_at: '2026-06-02T10:00:00.000Z',
  answered_at: '2026-06-02T10:00:00.000Z',
  differences: [],
  webhook: {
    id: '7',
    url: 'https://gate.example/hooks/shop',
    enabled: true,
    types: null,
    signed: null,
    last_error: null,
    delivered: 9,
    failed: 1,
  },
  others: 0,
  problem: null,
  key_can_also: null,
  can_mend: true,
}

const change = (kind: string): SourceChange => ({
  source: 'shop',
  change: {
    change: 'raised',
    raisedAt: 1,
    finding: { kind, severity: 'error', fromMinute: 1, features: [], evidence: 'nothing came' },
  },
})

const ROWS: readonly [string, string, () => Promise<WebhookReport | null>, string][] = [
  [
    'with a webhook that is off',
    'silence',
    async () => ({ ...RIGHT, differences: [{ code: 'off', says: 'the webhook at Esp is off' }] }),
    'nothing came; the webhook at Esp is off',
  ],
  [
    'with a webhook that delivers',
    'silence',
    async () => RIGHT,
    'nothing came; the ESP says that its webhook is on, and counts 9 deliveries and 1 that failed',
  ],
  [
    'whose key is refused',
    'silence',
    async () => ({
      ...RIGHT,
      problem: { code: 'key_refused', status: 401, says: 'Esp does not take the key' },
    }),
    'nothing came; Esp does not take the key',
  ],
  ['without a key', 'silence', async () => null, 'nothing came'],
  ['whose object fails', 'silence', () => Promise.reject(new Error('down')), 'nothing came'],
  ['that is no silence', 'surge', async () => RIGHT, 'nothing came'],
]

it.each(ROWS)('a finding %s', async (_name, kind, check, evidence) => {
  const [told] = await withEspWord({ getByName: () => ({ check }) }, [change(kind)])
  expect(told?.change).toMatchObject({ finding: { evidence } })
})
