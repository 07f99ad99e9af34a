import { postmark as sender } from '../../scripts/simulator/senders/postmark.ts'
import { postmark } from '../../src/providers/postmark.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, postmark, { signsTime: false, batches: false, signedAnew: true })
