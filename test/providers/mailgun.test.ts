import { mailgun as sender } from '../../scripts/simulator/senders/mailgun.ts'
import { mailgun } from '../../src/providers/mailgun.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, mailgun, {
  signsTime: true,
  batches: false,
  bodyProof: ['signature.timestamp', 'signature.token', 'signature.signature'],
})
