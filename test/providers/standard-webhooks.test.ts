import { standardWebhooks as sender } from '../../scripts/simulator/senders/standard-webhooks.ts'
import { standardWebhooks } from '../../src/providers/standard-webhooks.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, standardWebhooks, {
  signsTime: true,
  batches: false,
  signedAnew: true,
  lists: ['webhook-signature'],
})
