/**
 * The certificate URLs that a topic's service uses, and how a certificate is recognized as the service's own. The rules are
 * exact, because who chooses the host chooses the key. Two services sign this way: Amazon SNS, and Scaleway Topics and Events.
 */
import { scalewayRegion } from '../../providers/shared/scaleway-topic.ts'
import type { CertificateLocation } from './certificates.ts'

/** A region in an AWS partition. */
interface AmazonRegion {
  readonly partition: string
  readonly region: string
}

/** Host suffix by partition. Any other partition is refused. */
const SUFFIXES: ReadonlyMap<string, string> = new Map([
  ['aws', 'amazonaws.com'],
  ['aws-us-gov', 'amazonaws.com'],
  ['aws-cn', 'amazonaws.com.cn'],
  // The European Sovereign Cloud, with one region in December 2026: eusc-de-east-1.
  ['aws-eusc', 'amazonaws.eu'],
])

const TOPIC =
  /^arn:(aws|aws-us-gov|aws-cn|aws-eusc):sns:([a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}):[0-9]{12}:[A-Za-z0-9_.-]{1,256}$/

/**
 * The location of the certificate that a message names, with the host in lower case; `undefined` unless it is the service's
 * own host for the topic's region. The URL may have no port, user, query, fragment or percent-encoding.
 */
export function certificateLocation(
  topicArn: string,
  certificateUrl: string,
): CertificateLocation | undefined {
  const [, host, path] =
    /^https:\/\/([A-Za-z0-9.-]{1,253})(\/[A-Za-z0-9_/-]{1,200}\.(?:pem|crt))$/.exec(certificateUrl) ?? []
  if (host === undefined || path === undefined) return undefined
  const scaleway = scalewayRegion(topicArn)
  if (scaleway !== undefined) return scalewayLocation(scaleway, host.toLowerCase(), path)
  const [, partition, region] = TOPIC.exec(topicArn) ?? []
  return partition === undefined || region === undefined
    ? undefined
    : amazonLocation({ partition, region }, host.toLowerCase(), path)
}

function amazonLocation(
  { partition, region }: AmazonRegion,
  host: string,
  path: string,
): CertificateLocation | undefined {
  const own = `sns.${region}.${SUFFIXES.get(partition)}`
  return host === own && path.endsWith('.pem')
    ? { url: `https://${own}${path}`, names: [...(SIGNERS.get(partition)?.(region) ?? []), own] }
    : undefined
}

/**
 * Host names in SNS certificates of a region; a certificate has one of them. Most regions share `sns.amazonaws.com`. Opt-in
 * regions and other partitions have their own. The region's own host is accepted, too.
 *
 * @see https://github.com/aws/aws-sdk-java-v2/tree/master/services-custom/sns-message-manager `SnsHostProvider`
 */
const SIGNERS: ReadonlyMap<string, (region: string) => readonly string[]> = new Map([
  ['aws', (region: string) => ['sns.amazonaws.com', `sns-signing.${region}.amazonaws.com`]],
  ['aws-cn', (region: string) => [`sns-${region}.amazonaws.com.cn`]],
  // Both regions of this partition use the western name.
  ['aws-us-gov', () => ['sns-us-gov-west-1.amazonaws.com']],
  ['aws-eusc', (region: string) => [`sns-signing.${region}.amazonaws.eu`]],
])

/** Scaleway's bucket for all regions, with a folder for each. */
const SCALEWAY = 'messaging.s3.fr-par.scw.cloud'

/**
 * Scaleway asks verifiers to trust a certificate by its issuers, which it publishes at a fixed URL, and not by its own URL.
 *
 * @see https://www.scaleway.com/en/docs/topics-and-events/reference-content/verifying-webhooks/
 */
function scalewayLocation(region: string, host: string, path: string): CertificateLocation | undefined {
  const folder = `/${region}/sns/`
  const isOwn = host === SCALEWAY && path.startsWith(folder) && /^[^/.]+\./.test(path.slice(folder.length))
  return isOwn
    ? { url: `https://${SCALEWAY}${path}`, issuersUrl: `https://${SCALEWAY}${folder}sns-trust-chain.pem` }
    : undefined
}
