import { describe, expect, it } from 'vitest'
import { iterable } from '../../../src/providers/iterable.ts'
import { loops } from '../../../src/providers/loops.ts'
import { mailchimpMarketing } from '../../../src/providers/mailchimp-marketing.ts'
import { mailerlite } from '../../../src/providers/mailerlite.ts'
import { sendgrid } from '../../../src/providers/sendgrid.ts'
import { readItem } from '../natives.ts'

const email = 'ada@example.com'

describe('a re-subscribe to one group or list', () => {
  it.each([
    [sendgrid, { event: 'group_resubscribe', email }],
    [sendgrid, { event: 'group_resubscribe', email, asm_group_id: '' }],
    [loops, { eventName: 'contact.mailingList.subscribed', contactIdentity: { email } }],
    [mailchimpMarketing, { type: 'subscribe', 'data[email]': email }],
    [mailerlite, { type: 'subscriber.added_to_group', subscriber: { email } }],
    [iterable, { eventName: 'emailSubscribe', email }],
  ] as const)('of $name changes nothing if it does not say which', (provider, item) => {
    expect(readItem(provider, item)).toMatchObject([{ type: 'email.unknown', recipient: email }])
  })
})
