/** A body for each operation that takes one, for readers and for the commands that they copy. A test holds each to its schema. */

const GRACE_OF_A_DAY = { grace_seconds: 86_400 }

export const EXAMPLES: Readonly<Record<string, unknown>> = {
  putSource: {
    provider: 'generic',
    secrets: { hmac: 'at least 16 characters that nobody guesses' },
    level: 'enhanced',
  },
  beginCapture: { for_seconds: 900 },
  putDestination: {
    url: 'https://app.example.com/email-events',
    filter: { types: ['email.bounced', 'email.spam_reported'] },
  },
  putChannel: {
    kind: 'slack',
    secrets: { webhook_url: 'https://hooks.slack.com/services/…' },
    minimum_severity: 'error',
  },
  replayEvents: { since: '2026-06-02T10:00:00Z', plan: true },
  retryWaiting: { ids: ['ID'] },
  skipDelivery: { id: 'ID' },
  acknowledgeIncident: { assignee: 'ada' },
  assignIncident: { assignee: 'ada' },
  noteIncident: { text: 'The list of May was bought.' },
  resolveIncident: { note: 'The campaign is over.' },
  reviewIncident: { cause: 'A key leaked.', lessons: 'Rotate each quarter.' },
  containSource: { action: 'block', network: '203.0.113.0/24', seconds: 3_600 },
  containIncident: { action: 'raise_level', level: 'maximum', seconds: 3_600 },
  redriveUndelivered: { all: true, plan: true },
  applyConfiguration: {
    sources: { 'shop-sendgrid': { provider: 'sendgrid', secrets: { public_key: { stored: true } } } },
    dry_run: true,
  },
  rotateSecret: { ...GRACE_OF_A_DAY },
  activateSecret: { ...GRACE_OF_A_DAY },
  revokeSecret: { force: false },
  linkSecret: { link_seconds: 3_600 },
  rotateDestinationSecret: { ...GRACE_OF_A_DAY },
  activateDestinationSecret: { ...GRACE_OF_A_DAY },
  revokeDestinationSecret: { force: false },
  linkDestinationSecret: { link_seconds: 3_600 },
  resealStep: { cursor: null },
  createToken: { name: 'nightly report', role: 'viewer', sources: ['shop-sendgrid'], expires_in_days: 90 },
  retireAdminToken: { end_what_it_made: true },
  addSuppression: { address: 'ada@example.com', note: 'asked by phone' },
  importSuppressions: {
    entries: [{ address: 'ada@example.com' }, { address: 'grace@example.com', note: 'from the old list' }],
  },
  announceSuppressionsImport: { chunks: [{ count: 2, sha256: 'ab'.repeat(32) }] },
  checkSuppressions: { addresses: ['ada@example.com', 'Grace <grace@example.com>'] },
  redriveDeadLetters: { all: true },
  verifyKeptAudit: { lines: [] },
  restoreSuppressions: { id: '20261125T021700000Z' },
  restoreIncidents: { id: '20261125T021700000Z' },
  restoreBackup: { id: 'ID' },
}
