/** A body for each operation that takes one, for readers and for the commands that they copy. A test holds each to its schema. */

export const EXAMPLES: Readonly<Record<string, unknown>> = {
  acknowledgeIncident: { assignee: 'ada' },
  assignIncident: { assignee: 'ada' },
  noteIncident: { text: 'The list of May was bought.' },
  resolveIncident: { note: 'The campaign is over.' },
  reviewIncident: { cause: 'A key leaked.', lessons: 'Rotate each quarter.' },
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
