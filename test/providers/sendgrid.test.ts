import { sendgrid as sender } from '../../scripts/simulator/senders/sendgrid.ts'
import { sendgrid } from '../../src/providers/sendgrid.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, sendgrid, {
  signsTime: true,
  batches: true,
  messageId: (messageId) => `${messageId}.recvd-5f`,
})
