/** Notice that a test sends: marked as a test, about no incident. */
import type { Notice } from '../notice.ts'
import type { Place } from './of-incident.ts'

export const testNotice = (
  channel: string,
  state: 'firing' | 'resolved',
  nowMs: number,
  { installation, consoleUrl }: Place,
): Notice => ({
  incident: 0,
  source: null,
  sources: [],
  kind: 'test',
  severity: 'info',
  headline:
    state === 'firing'
      ? `this is a test of the channel ${channel}: nothing is wrong`
      : `the test of the channel ${channel} is over`,
  sinceMs: nowMs,
  evidence: ['Somebody asked for this test. A second notice says that it is over.'],
  actions: consoleUrl === '' ? [] : [{ label: 'Open', url: consoleUrl }],
  // Each test is an alert of its own: an earlier one may not have been closed.
  dedupeKey: `${installation} test ${channel} ${nowMs}`,
  state,
  sequence: state === 'firing' ? 0 : 1,
  replyTo: null,
  alert: 0,
  earlierAlerts: [],
})
