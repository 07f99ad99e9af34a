/**
 * Waves of bounces with one cause each, for which a person does different things: they show that an incident tells them apart. The ESPs
 * of the demo report them as the real ones do.
 */
import { DEMO_PROVIDERS } from '../../simulator/demo/sources.ts'
import type { Answer } from '../../simulator/sender.ts'
import { ONE_ROUND } from './attacks.ts'
import type { Drill } from './drill.ts'

interface Wave extends Drill {
  readonly name: string
  readonly answer: Answer
}

/** Answers of Gmail and of Outlook.com. @see fm/smtp-codes@f506d34 and sisimai's comments on Gmail, read on 2026-12-02 */
const ROWS: readonly (Pick<Wave, 'name' | 'sends' | 'answer'> & {
  readonly recipientOf: (i: number) => string
})[] = [
  {
    name: 'bad_list',
    sends: 'bounces of addresses that nobody has: they suppress ten recipients at example.com',
    answer: {
      code: 550,
      enhancedCode: '5.1.1',
      text: 'The email account that you tried to reach does not exist.',
    },
    recipientOf: (i) => `drill.${i % 10}@example.com`,
  },
  {
    name: 'blocked_network',
    sends: 'bounces of a network that Outlook blocks: they suppress nobody',
    answer: {
      code: 550,
      enhancedCode: '5.7.1',
      text: "Unfortunately, messages from [192.0.2.25] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).",
    },
    recipientOf: (i) => `${i % 20}-drill@outlook.com`,
  },
  {
    name: 'broken_dmarc',
    sends: 'bounces of a domain whose DMARC fails, at several providers: they suppress nobody',
    answer: {
      code: 550,
      enhancedCode: '5.7.26',
      text: "Unauthenticated email from example.net is not accepted due to domain's DMARC policy.",
    },
    recipientOf: (i) => `${i % 20}-drill@${['gmail.com', 'outlook.com', 'example.com'][i % 3] ?? ''}`,
  },
]

export const WAVES: readonly Wave[] = ROWS.map(({ recipientOf, ...row }) => ({
  ...ONE_ROUND,
  ...row,
  kind: 'bounce_share',
  requests: 80,
  signs: 'as the ESP',
  reports: 'email.bounced',
  providers: DEMO_PROVIDERS,
  make: ({ sign, event, nowSeconds }, i) =>
    sign(
      [
        event('email.bounced', {
          bounce: 'hard',
          recipient: recipientOf(i),
          answer: row.answer,
          campaign: 'drill',
        }),
      ],
      nowSeconds(),
    ),
}))
