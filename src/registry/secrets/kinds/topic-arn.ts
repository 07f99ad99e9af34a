/** The ARN of an SNS topic that may publish to the source. */
import { type KindOfSecret, accept, wrong } from '../kind.ts'

/** Partition, region, account, name. FIFO topics cannot deliver to HTTP endpoints. */
const TOPIC =
  /^arn:(?:aws|aws-us-gov|aws-cn|aws-eusc):sns:[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}:[0-9]{12}:[A-Za-z0-9_-]{1,256}$/

export const topicArn: KindOfSecret = {
  check(value) {
    if (typeof value !== 'string') return wrong('Must be the ARN of an SNS topic, as text.')
    if (TOPIC.test(value)) return accept({ kind: 'topic-arn', arn: value })
    const [, , service, , , name, subscription] = value.split(':')
    if (service === 'sns' && name !== undefined && subscription !== undefined)
      return wrong(
        'Must be the ARN of a topic, but this is the ARN of a subscription: leave out its last part.',
      )
    if (service !== undefined && service !== 'sns' && value.startsWith('arn:'))
      return wrong('Must be the ARN of an SNS topic, but this is the ARN of something else.')
    return wrong('Must be the ARN of an SNS topic: arn:aws:sns:<region>:<account>:<name>.')
  },
}
