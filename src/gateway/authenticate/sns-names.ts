/**
 * Where a topic's service keeps its certificates, and what tells them for its own: exact, since whoever names the host names
 * the key. Two services sign in this way, Amazon SNS and Scaleway's Topics and Events.
 */
import { scalewayRegion } from '../../providers/shared/scaleway-topic.ts'
import type { CertificatePlace } from './certificates.ts'

/** A region of one partition of Amazon's. */
interface AmazonPlace {
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

/**
 * The place of the certificate that a message names, when it is one of the service's in the topic's own region, with its host
 * in lower case; else `undefined`. No port, user, query or fragment, nothing percent-encoded, and no host that only looks
 * like it.
 */
export function certificatePlace(topicArn: string, certificateUrl: string): CertificatePlace | undefined {
  const [, host, path] =
    /^https:\/\/([A-Za-z0-9.-]{1,253})(\/[A-Za-z0-9_/-]{1,200}\.(?:pem|crt))$/.exec(certificateUrl) ?? []
  if (host === undefined || path === undefined) return undefined
  const scaleway = scalewayRegion(topicArn)
  if (scaleway !== undefined) return scalewayPlace(scaleway, host.toLowerCase(), path)
  const [, partition, region] = TOPIC.exec(topicArn) ?? []
  return partition === undefined || region === undefined
    ? undefined
    : amazonPlace({ partition, region }, host.toLowerCase(), path)
}

function amazonPlace(place: AmazonPlace, host: string, path: string): CertificatePlace | undefined {
  const own = `sns.${place.region}.${SUFFIXES.get(place.partition)}`
  return host === own && path.endsWith('.pem')
    ? { url: `https://${own}${path}`, names: [...(SIGNERS.get(place.partition)?.(place.region) ?? []), own] }
    : undefined
}

/**
 * Names of which a certificate of SNS in that region bears one: most regions share `sns.amazonaws.com`, regions that one opts
 * into have their own, and so have the other partitions. The region's host itself is SNS, too.
 *
 * @see https://github.com/aws/aws-sdk-java-v2/tree/master/services-custom/sns-message-manager `SnsHostProvider`
 */
const SIGNERS: ReadonlyMap<string, (region: string) => readonly string[]> = new Map([
  ['aws', (region: string) => ['sns.amazonaws.com', `sns-signing.${region}.amazonaws.com`]],
  ['aws-cn', (region: string) => [`sns-${region}.amazonaws.com.cn`]],
  // Both regions of this partition use the name of the western one.
  ['aws-us-gov', () => ['sns-us-gov-west-1.amazonaws.com']],
])

/** Scaleway's own bucket, which serves all regions, with a folder for each. */
const SCALEWAY = 'messaging.s3.fr-par.scw.cloud'

/**
 * Scaleway asks not to believe a certificate for where it lies, but for its authority, which it publishes at a place of its own.
 *
 * @see https://www.scaleway.com/en/docs/topics-and-events/reference-content/verifying-webhooks/
 */
function scalewayPlace(region: string, host: string, path: string): CertificatePlace | undefined {
  const folder = `/${region}/sns/`
  const isOwn = host === SCALEWAY && path.startsWith(folder) && /^[^/.]+\./.test(path.slice(folder.length))
  return isOwn
    ? { url: `https://${SCALEWAY}${path}`, issuersUrl: `https://${SCALEWAY}${folder}sns-trust-chain.pem` }
    : undefined
}
