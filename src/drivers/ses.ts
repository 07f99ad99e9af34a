/**
 * Amazon SES: event destinations of a configuration set that publish to SNS, and the account's suppression list. Without Virtual
 * Deliverability Manager, SES lists no past events. Which URL a topic delivers to, only SNS knows.
 *
 * SNS is asked by forms, and answers in XML.
 *
 * @see botocore@0e6e2404b (2026-08-07): sesv2 and sns
 */
import { AwsV4Signer } from 'aws4fetch'
import type { Json } from '../platform/json.ts'
import { toInstant } from '../platform/time.ts'
import { booleanAt, objectAt, secondsAt, textAt, textsAt } from '../providers/shared/native.ts'
import {
  type Account,
  type ApiRequest,
  type Conversation,
  type Driver,
  type Mended,
  type Page,
  type SeenWebhook,
  type Suppressed,
  type SuppressedReason,
  UNREADABLE,
} from './driver.ts'
import { bareUrl, getJson, isAtOurUrl, itemsAt, sendJson, typesWith } from './shared.ts'

/** Without OPEN and CLICK, for which SES puts a pixel into each mail and rewrites its links. They stay where somebody chose them. */
const TYPES = [
  'SEND', 'REJECT', 'BOUNCE', 'COMPLAINT', 'DELIVERY', 'RENDERING_FAILURE', 'DELIVERY_DELAY', 'SUBSCRIPTION',
] // prettier-ignore

const REASONS: ReadonlyMap<string, SuppressedReason> = new Map([
  ['BOUNCE', 'hard_bounce'],
  ['COMPLAINT', 'spam_report'],
])

const REGION = /^[a-z]{2,4}(?:-[a-z]{2,12}){1,2}-[0-9]{1,2}$/

/** @throws {RangeError} for a region that `regionForm` refuses, which no request is made for */
function regionOf({ settings: { region = '' } }: Account): string {
  if (!REGION.test(region)) throw new RangeError('no region')
  return region
}

/** The European Sovereign Cloud has a suffix of its own. */
function hostOf(account: Account, service: 'email' | 'sns'): string {
  const region = regionOf(account)
  return `${service}.${region}.${region.startsWith('eusc-') ? 'amazonaws.eu' : 'amazonaws.com'}`
}

const at = (account: Account, path: string): string => `https://${hostOf(account, 'email')}/v2/email${path}`

const LIST = '/suppression/addresses'

const WRONG_KEY =
  /\b(?:UnrecognizedClientException|InvalidClientTokenId|SignatureDoesNotMatch|InvalidSignature(?:Exception)?|IncompleteSignature(?:Exception)?|MissingAuthenticationToken(?:Exception)?|ExpiredToken(?:Exception)?)\b/

const destinationsAt = (account: Account): string =>
  at(
    account,
    `/configuration-sets/${encodeURIComponent(account.settings.configurationSet ?? '')}/event-destinations`,
  )

export const ses: Driver = {
  provider: 'ses',
  needs: ['region', 'configurationSet'],
  regionForm: REGION,
  keyForm: 'ACCESS_KEY_ID:SECRET_ACCESS_KEY',
  rights: {
    webhook:
      'ses:GetConfigurationSetEventDestinations, sns:ListSubscriptionsByTopic, sns:GetSubscriptionAttributes',
    mend: 'ses:UpdateConfigurationSetEventDestination',
    suppressions:
      'ses:ListSuppressedDestinations; to change: ses:PutSuppressedDestination, ses:DeleteSuppressedDestination',
  },
  keyCanSend: false,
  perSecond: 1,
  /**
   * SES names the error in a header, SNS in XML.
   *
   * @see https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html (2026-12-07)
   */
  answers: [
    { status: 400, says: WRONG_KEY, means: 'key_refused' },
    { status: 403, says: WRONG_KEY, means: 'key_refused' },
    { status: 400, says: /\bThrottl(?:ed|ing)/, means: 'rate_limited' },
  ],
  webhook: {
    types: TYPES,
    tellsSigning: false,
    *seen(account): Conversation<readonly SeenWebhook[]> {
      const answer = yield getJson(destinationsAt(account), {})
      const destinations = itemsAt(answer.json, 'EventDestinations')
      if (destinations === undefined) return UNREADABLE
      const seen: SeenWebhook[] = []
      for (const one of destinations) {
        const topic = textAt(one, 'SnsDestination', 'TopicArn')
        if (topic === undefined) continue
        const subscription = yield* subscriptionOf(account, topic)
        if (subscription === UNREADABLE) return UNREADABLE
        seen.push(webhookOf(one, subscription))
      }
      return seen
    },
    details: subscriptionDetails,
    mends: 'existing',
    /** The definition is replaced as a whole, so that its topic is read first. */
    *mend(account, seen): Conversation<Mended> {
      const { json } = yield getJson(destinationsAt(account), {})
      const own = itemsAt(json, 'EventDestinations')?.find((one) => textAt(one, 'Name') === seen?.id)
      if (!seen?.id || own === undefined) return UNREADABLE
      const { Name: _name, ...rest } = objectAt(own)
      const EventDestination = { ...rest, Enabled: true, MatchingEventTypes: typesWith(TYPES, seen) }
      yield sendJson(
        'PUT',
        `${destinationsAt(account)}/${encodeURIComponent(seen.id)}`,
        {},
        { EventDestination },
      )
      return {}
    },
  },
  suppressions: {
    reasons: [...REASONS.values()],
    adds: [...REASONS.values()],
    // Each is added and removed by a request of its own, one a second.
    atOnce: 30,
    *list(account, cursor): Conversation<Page<Suppressed>> {
      const query = cursor === null ? '' : `?NextToken=${encodeURIComponent(cursor)}`
      const { json } = yield getJson(at(account, `${LIST}${query}`), {})
      const items = itemsAt(json, 'SuppressedDestinationSummaries')
      return items === undefined
        ? UNREADABLE
        : { items: items.flatMap(suppressedOf), next: textAt(json, 'NextToken') ?? null }
    },
    *add(account, entries): Conversation<null> {
      for (const { address, reason } of entries) {
        const Reason = [...REASONS].find(([, own]) => own === reason)?.[0]
        if (Reason !== undefined)
          yield sendJson('PUT', at(account, LIST), {}, { EmailAddress: address, Reason })
      }
      return null
    },
    *remove(account, entries): Conversation<null> {
      for (const { address } of entries) {
        const url = at(account, `${LIST}/${encodeURIComponent(address)}`)
        yield { method: 'DELETE', url, headers: {}, alsoRead: [404] }
      }
      return null
    },
  },
  /** Signature Version 4. The service is told by the host. */
  async sign(request, account): Promise<ApiRequest> {
    const [accessKeyId = '', secretAccessKey = ''] = account.key.split(':')
    const datetime = toInstant(account.nowMs).replaceAll(/[-:]|\.\d{3}/g, '')
    const signer = new AwsV4Signer({
      ...request,
      accessKeyId,
      secretAccessKey,
      region: regionOf(account),
      datetime,
    })
    const { headers } = await signer.sign()
    return { ...request, headers: Object.fromEntries(headers) }
  },
}

interface Subscription {
  /** Undefined if the topic delivers to nobody. */
  readonly url: string | undefined
  /** Undefined until it is confirmed. */
  readonly arn: string | undefined
}

/** The topic's subscription with our URL, else its first. A topic has few: a hundred are a page, and no more are read. */
function* subscriptionOf(account: Account, TopicArn: string): Conversation<Subscription> {
  const { text } = yield snsRequest(account, 'ListSubscriptionsByTopic', { TopicArn })
  if (!text.includes('<ListSubscriptionsByTopicResult>')) return UNREADABLE
  const all = text.split('</member>').map((one) => {
    const arn = between(one, 'SubscriptionArn')
    return { url: between(one, 'Endpoint'), arn: arn?.startsWith('arn:') === true ? arn : undefined }
  })
  const ours = all.filter(({ url }) => isAtOurUrl(url, account.url))
  return ours.find(({ arn }) => arn !== undefined) ?? ours[0] ?? all[0] ?? { url: undefined, arn: undefined }
}

function webhookOf(item: Json, { url, arn }: Subscription): SeenWebhook {
  return {
    id: textAt(item, 'Name') ?? null,
    url: bareUrl(url),
    enabled: arn === undefined ? false : (booleanAt(item, 'Enabled') ?? null),
    types: textsAt(item, 'MatchingEventTypes'),
    signed: null,
    lastError: arn === undefined ? 'the subscription is not confirmed' : null,
    counts: null,
  }
}

/** How the topic delivers to our URL: a raw delivery has no signature, and a filter drops events without a word. */
function* subscriptionDetails(account: Account, seen: SeenWebhook): Conversation<SeenWebhook> {
  const { json } = yield getJson(destinationsAt(account), {})
  const own = itemsAt(json, 'EventDestinations')?.find((one) => textAt(one, 'Name') === seen.id)
  const topic = textAt(own, 'SnsDestination', 'TopicArn')
  if (topic === undefined) return UNREADABLE
  const subscription = yield* subscriptionOf(account, topic)
  if (subscription === UNREADABLE) return UNREADABLE
  if (subscription.arn === undefined) return seen
  const told = yield snsRequest(account, 'GetSubscriptionAttributes', { SubscriptionArn: subscription.arn })
  if (!told.text.includes('<GetSubscriptionAttributesResult>')) return UNREADABLE
  const attributes = new Map(
    told.text.split('</entry>').map((entry) => [between(entry, 'key'), between(entry, 'value')]),
  )
  const faults = [
    ...(attributes.get('RawMessageDelivery') === 'true'
      ? ['raw message delivery is on, so nothing is signed']
      : []),
    ...(attributes.has('FilterPolicy') ? ['a filter policy of the subscription drops events'] : []),
  ]
  return { ...seen, faults }
}

const snsRequest = (
  account: Account,
  Action: string,
  parameters: Readonly<Record<string, string>>,
): ApiRequest => ({
  method: 'POST',
  url: `https://${hostOf(account, 'sns')}/`,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ Action, Version: '2010-03-31', ...parameters }).toString(),
})

/** The text of an element that holds nothing else; undefined if there is none. */
const between = (xml = '', name: string): string | undefined =>
  new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1]?.replaceAll('&amp;', '&')

function suppressedOf(item: Json): Suppressed[] {
  const address = textAt(item, 'EmailAddress')
  const reason = REASONS.get(textAt(item, 'Reason') ?? '')
  if (address === undefined || reason === undefined) return []
  return [{ address, reason, scope: null, atMs: secondsAt(item, 'LastUpdateTime') ?? null }]
}
