/**
 * Mailchimp Marketing: the webhooks of one audience. The data center is the end of the key. A webhook that the API made in 2026 signs; its
 * secret is in the answer that made it and in no other.
 *
 * Suppressions and past events are left out: an audience has members, of whom no event is kept, and a status that only the person reverts.
 *
 * @see mailchimp/mailchimp-client-lib-codegen: spec/marketing.json (3.0.55; copy in api-evangelist/mailchimp@1e0ceeb, 2026-08), and
 * https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/ (2026-08-13) for signing
 */
import { isObject, type Json } from '../platform/json.ts'
import { objectAt, textAt, valueAt } from '../providers/shared/native.ts'
import {
  type Account,
  type Conversation,
  type Driver,
  type Mended,
  type SeenWebhook,
  UNREADABLE,
} from './driver.ts'
import { basic, getJson, itemsAt, sendJson, typesWith, bareUrl } from './shared.ts'

const TYPES = ['subscribe', 'unsubscribe', 'cleaned']

const at = ({ key, settings: { list = '' } }: Account, path = ''): string => {
  const center = /-([a-z]{2}\d{1,3})$/.exec(key)?.[1] ?? 'us1'
  return `https://${center}.api.mailchimp.com/3.0/lists/${encodeURIComponent(list)}/webhooks${path}`
}
const headers = ({ key }: Account) => ({ authorization: basic(`postern:${key}`) })

export const mailchimpMarketing: Driver = {
  provider: 'mailchimp-marketing',
  needs: ['list'],
  rights: { webhook: 'The API key: it has all rights', mend: 'The API key: it has all rights' },
  keyCanSend: true,
  perSecond: 2,
  webhook: {
    types: TYPES,
    // A webhook that was made earlier stays unsigned, with a secret in its URL instead.
    tellsSigning: false,
    secretSlot: 'signing_secret',
    *seen(account): Conversation<readonly SeenWebhook[]> {
      const answer = yield getJson(at(account), headers(account))
      return itemsAt(answer.json, 'webhooks')?.map(webhookOf) ?? UNREADABLE
    },
    *mend(account, seen): Conversation<Mended> {
      const events = Object.fromEntries(typesWith(TYPES, seen).map((type) => [type, true]))
      const wanted = { url: account.url, events }
      if (seen !== null) {
        yield sendJson(
          'PATCH',
          at(account, `/${encodeURIComponent(seen.id ?? '')}`),
          headers(account),
          wanted,
        )
        return {}
      }
      // Without one of the sources, changes that come from it are dropped silently.
      const sources = { user: true, admin: true, api: true }
      const answer = yield sendJson('POST', at(account), headers(account), { ...wanted, sources })
      const secret = textAt(answer.json, 'signing_secret')
      return secret === undefined ? {} : { secrets: { signing_secret: secret } }
    },
  },
}

const webhookOf = (item: Json): SeenWebhook => ({
  id: textAt(item, 'id') ?? null,
  url: bareUrl(textAt(item, 'url')),
  enabled: null,
  types: isObject(valueAt(item, 'events'))
    ? Object.entries(objectAt(item, 'events')).flatMap(([type, isOn]) =>
        isOn === true && type !== '' ? [type] : [],
      )
    : null,
  signed: null,
  // Left empty but in the answer that made it.
  secret: textAt(item, 'signing_secret'),
  lastError: null,
  counts: null,
})
