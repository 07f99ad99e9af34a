/** A topic of Scaleway's Topics and Events that may publish to the source. */
import { scalewayRegion } from '../../../providers/shared/scaleway-topic.ts'
import { type KindOfSecret, accept, wrong } from '../kind.ts'

export const scalewayTopic: KindOfSecret = {
  check(value) {
    if (typeof value !== 'string') return wrong('Must be the ARN of a topic, as text.')
    if (scalewayRegion(value) !== undefined) return accept({ kind: 'scaleway-topic', arn: value })
    const topic = value.slice(0, value.lastIndexOf(':'))
    return scalewayRegion(topic) === undefined
      ? wrong('Must be the ARN of a topic at Scaleway: arn:scw:sns:<region>:project-<id>:<name>.')
      : wrong('Must be the ARN of a topic, but this is the ARN of a subscription: leave out its last part.')
  },
}
