/**
 * Topics of Scaleway's Topics and Events, which speaks as Amazon SNS does: `arn:scw:sns:<region>:project-<id>:<name>`.
 *
 * @see https://www.scaleway.com/en/docs/topics-and-events/how-to/create-manage-subscriptions/
 */

const TOPIC =
  /^arn:scw:sns:(fr-par|nl-ams):project-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?$/

/** The region that a topic is in, of those whose signing authority Scaleway publishes; `undefined` for anything else. */
export const scalewayRegion = (topicArn: string): string | undefined => TOPIC.exec(topicArn)?.[1]
