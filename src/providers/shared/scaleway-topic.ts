/**
 * Topics of Scaleway's Topics and Events, which uses the protocol of Amazon SNS: `arn:scw:sns:<region>:project-<id>:<name>`.
 *
 * @see https://www.scaleway.com/en/docs/topics-and-events/how-to/create-manage-subscriptions/
 */

const TOPIC =
  /^arn:scw:sns:(fr-par|nl-ams):project-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?$/

/** The region of a topic, if Scaleway publishes the signing authority of that region; else `undefined`. */
export const scalewayRegion = (topicArn: string): string | undefined => TOPIC.exec(topicArn)?.[1]
