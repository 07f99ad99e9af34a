/** Bounces of outcomes: a bad list, or forged bounces that would suppress good recipients. */
import { type ShareRule, type ShareState, newShare, stepShare } from './share/share.ts'
import type { Pattern } from './pattern.ts'

const RULE: ShareRule = {
  feature: 'bounce_share',
  hits: 'bounces',
  trials: 'outcomes',
  priorShare: 0.02,
  priorTrials: 100,
  windowsMinutes: [30, 120, 360, 720, 1440],
  riseShare: 0.025,
  riseFactor: 1.5,
  excessHits: 10,
  surprise: 3,
  priorCorrelation: 0.001,
  hitsAreLate: false,
  // SES reviews an account at 5 % and may pause it at 10 %: https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html
  criticalShare: 0.1,
}

export const bounceShare: Pattern<ShareState> = {
  kind: 'bounce_share',
  quietHours: 12,
  cause: 'forged',
  espSources: 3,
  deliveries: 'verified',
  mayBeList: true,
  events: 'email.bounced',
  advisedActions: ['raiseLevel', 'pause'],
  policyActions: ['raiseLevel', 'pause'],
  advice: [
    'Stop the campaign to that list, and clean the list: ESPs suspend accounts whose mail bounces.',
    'If nobody sent that mail, look at the networks of the evidence. If they are not the ESP’s, the secret has leaked: rotate it.',
  ],
  initial: () => newShare(RULE),
  step(state, seen) {
    const { events } = seen.signals
    const bounced = events['email.bounced'] ?? 0
    return stepShare(state, RULE, seen, bounced, bounced + (events['email.delivered'] ?? 0))
  },
}
