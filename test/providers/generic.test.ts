import { generic as sender } from '../../scripts/simulator/senders/generic.ts'
import { generic } from '../../src/providers/generic.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, generic, { signsTime: true, batches: true, signedAnew: true })
