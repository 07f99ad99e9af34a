/** Where SNS keeps its certificates, and which names it has: exact, since whoever names the host names the key. */

/** An AWS region of one partition. */
export interface SnsPlace {
  readonly partition: string
  readonly region: string
}

/** Host suffix by partition. Any other partition is refused. */
const SUFFIXES: ReadonlyMap<string, string> = new Map([
  ['aws', 'amazonaws.com'],
  ['aws-us-gov', 'amazonaws.com'],
  ['aws-cn', 'amazonaws.com.cn'],
])

const TOPIC =
  /^arn:(aws|aws-us-gov|aws-cn):sns:([a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}):[0-9]{12}:[A-Za-z0-9_.-]{1,256}$/

/** The region that a topic is in; `undefined` for what is no topic's ARN. */
export function topicPlace(arn: string): SnsPlace | undefined {
  const [, partition, region] = TOPIC.exec(arn) ?? []
  return partition === undefined || region === undefined ? undefined : { partition, region }
}

/**
 * The certificate's URL when it is one of SNS in the topic's own region, with its host in lower case; else `undefined`.
 * No port, user, query or fragment, nothing percent-encoded, and no host that only looks like it.
 */
export function certificateUrl(text: string, { partition, region }: SnsPlace): string | undefined {
  const [, host, path] = /^https:\/\/([A-Za-z0-9.-]{1,253})(\/[A-Za-z0-9_/-]{1,200}\.pem)$/.exec(text) ?? []
  const suffix = SUFFIXES.get(partition)
  if (host === undefined || suffix === undefined) return undefined
  return host.toLowerCase() === `sns.${region}.${suffix}`
    ? `https://sns.${region}.${suffix}${path}`
    : undefined
}

/**
 * Names of which a certificate of SNS in that region bears one: most regions share `sns.amazonaws.com`, regions that one opts
 * into have their own, and so have the other partitions. The region's host itself is SNS, too.
 *
 * @see https://github.com/aws/aws-sdk-java-v2/tree/master/services-custom/sns-message-manager `SnsHostProvider`
 */
export const signerNames = ({ partition, region }: SnsPlace): readonly string[] => [
  ...(SIGNERS.get(partition)?.(region) ?? []),
  `sns.${region}.${SUFFIXES.get(partition)}`,
]

const SIGNERS: ReadonlyMap<string, (region: string) => readonly string[]> = new Map([
  ['aws', (region: string) => ['sns.amazonaws.com', `sns-signing.${region}.amazonaws.com`]],
  ['aws-cn', (region: string) => [`sns-${region}.amazonaws.com.cn`]],
  // Both regions of this partition use the name of the western one.
  ['aws-us-gov', () => ['sns-us-gov-west-1.amazonaws.com']],
])
