/** Complaints of deliveries: a bad list, or forged complaints. A complaint follows its delivery by hours. */
import { type ShareRule, type ShareState, newShare, stepShare } from './share/share.ts'
import type { Pattern } from './pattern.ts'

const RULE: ShareRule = {
  feature: 'complaint_share',
  hits: 'complaints',
  trials: 'deliveries',
  priorShare: 0.001,
  priorTrials: 1000,
  windowsMinutes: [30, 120, 360, 720, 1440],
  riseShare: 0.004,
  riseFactor: 2.5,
  excessHits: 5,
  surprise: 3,
  priorCorrelation: 0.0005,
  hitsAreLate: true,
  // SES reviews an account at 0.1 % and may pause it at 0.5 %; Gmail and Yahoo ask for less than 0.3 %.
  // https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html, https://support.google.com/a/answer/81126,
  // https://senders.yahooinc.com/best-practices/
  criticalShare: 0.003,
}

export const complaintShare: Pattern<ShareState> = {
  kind: 'complaint_share',
  quietHours: 12,
  cause: 'forged',
  espSources: 3,
  deliveries: 'verified',
  mayBeList: true,
  events: 'email.spam_reported',
  advisedActions: ['raiseLevel', 'pause'],
  policyActions: ['raiseLevel', 'pause'],
  advice: [
    'Stop the campaign to that list. Gmail and Yahoo ask for less than 0.3 %, and ESPs suspend accounts above.',
    'If nobody sent that mail, look at the networks of the evidence: the complaints may be forged.',
  ],
  initial: () => newShare(RULE),
  step(state, seen) {
    const { events } = seen.signals
    return stepShare(state, RULE, seen, events['email.spam_reported'] ?? 0, events['email.delivered'] ?? 0)
  },
}
