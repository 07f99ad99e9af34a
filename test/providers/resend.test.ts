import { resend as sender } from '../../scripts/simulator/senders/resend.ts'
import { resend } from '../../src/providers/resend.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, resend, {
  signsTime: true,
  batches: false,
  signedAnew: true,
  lists: ['svix-signature'],
})
