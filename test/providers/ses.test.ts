import { ses as sender } from '../../scripts/simulator/senders/ses.ts'
import { ses } from '../../src/providers/ses.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, ses, {
  signsTime: true,
  batches: false,
  signedAnew: true,
  bodyProof: [
    'Type',
    'MessageId',
    'TopicArn',
    'Message',
    'Timestamp',
    'SignatureVersion',
    'Signature',
    'SigningCertURL',
  ],
})
