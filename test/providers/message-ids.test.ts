/** The ids by which the events of a message are found: its events' own, and the one that the sender's program kept. */
import { describe, expect, it } from 'vitest'
import { providerNamed } from '../../src/providers/index.ts'
import { readAll } from './reading.ts'

type Row = readonly [what: string, provider: string, native: unknown, ids: readonly (string | null)[]]

const NEW_ID = '14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0'
const sendgrid = (fields: object) => [
  { event: 'delivered', email: 'ada@example.com', timestamp: 1, ...fields },
]
const mailgun = (id: string) => ({
  signature: {},
  'event-data': { event: 'delivered', timestamp: 1, message: { headers: { 'message-id': id } } },
})

/** The first id is the event's own. */
const ROWS: readonly Row[] = [
  ['filter', 'sendgrid', sendgrid({ sg_message_id: 'Xh3bQ8.filter0034p1.1.5' }), ['Xh3bQ8.filter0034p1.1.5', 'Xh3bQ8']],
  ['recvd', 'sendgrid', sendgrid({ sg_message_id: 'Xh3bQ8.recvd-84b7-1-5F-12.0' }), ['Xh3bQ8.recvd-84b7-1-5F-12.0', 'Xh3bQ8']],
  ['an id with dots', 'sendgrid', sendgrid({ sg_message_id: NEW_ID }), [NEW_ID, '14c5d75ce93.dfd.64b469']],
  ['no suffix', 'sendgrid', sendgrid({ sg_message_id: 'Xh3bQ8.1.5' }), ['Xh3bQ8.1.5']],
  ['a suffix alone', 'sendgrid', sendgrid({ sg_message_id: '.filter0034' }), ['.filter0034']],
  ['the header', 'sendgrid', sendgrid({ sg_message_id: 'Xh3bQ8', 'smtp-id': '<a@example.com>' }), ['Xh3bQ8', 'a@example.com']],
  ['the header alone', 'sendgrid', sendgrid({ 'smtp-id': '<a@example.com>' }), ['a@example.com']],
  ['no id', 'sendgrid', sendgrid({}), [null]],
  ['no brackets', 'mailgun', mailgun('a@example.com'), ['a@example.com']],
  ['brackets', 'mailgun', mailgun('<a@example.com>'), ['a@example.com']],
  ['brackets', 'brevo', { event: 'delivered', 'message-id': '<a@example.com>' }, ['a@example.com']],
  ['a transmission', 'sparkpost', [{ msys: { message_event: { type: 'delivery', message_id: 'm-1', transmission_id: '65' } } }], ['m-1', '65']],
  ['a large number', 'mailjet', { event: 'open', MessageID: '19421777835146490', Message_GUID: '1ab2-c' }, ['19421777835146490', '1ab2-c']],
  ['the header', 'ahasend', { type: 'message.delivered', data: { id: 'm-1', message_id_header: '<a@example.com>' } }, ['m-1', 'a@example.com']],
  ['the header', 'azure-acs', [{ eventType: 'Microsoft.Communication.EmailDeliveryReportReceived', data: { status: 'Delivered', messageId: 'm-1', internetMessageId: '<a@example.com>' } }], ['m-1', 'a@example.com']],
  ['the unique id', 'mailomat', { eventType: 'delivered', messageId: '<a@example.com>', messageUuid: 'u-1' }, ['a@example.com', 'u-1']],
  ['the header', 'maileroo', { event_type: 'delivered', message_reference_id: 'm-1', message_id: '<a@example.com>' }, ['m-1', 'a@example.com']],
  ['one mail of it', 'mailersend', { type: 'activity.delivered', data: { message_id: 'm-1', email_id: 'e-1' } }, ['m-1', 'e-1', 'e-1@mailersend.net']],
  ['the header', 'mailpace', { event: 'email.delivered', payload: { id: 7, message_id: '<a@example.com>' } }, ['7', 'a@example.com']],
  ['the header', 'postal', { event: 'MessageSent', payload: { message: { id: 7, message_id: 'a@example.com' } } }, ['7', 'a@example.com']],
  ['the header', 'resend', { type: 'email.delivered', data: { email_id: 'm-1', message_id: '<a@example.com>' } }, ['m-1', 'a@example.com']],
  ['the header', 'smtp2go', { event: 'delivered', email_id: 'm-1', 'message-id': '<a@example.com>' }, ['m-1', 'a@example.com']],
  ['the header', 'tencent-ses', { event: 'delivered', bulkId: 'b-1', messageId: '<a@example.com>' }, ['b-1', 'a@example.com']],
  ['the envelope', 'alibaba-directmail', { type: 'dm:Deliver:Succeed', data: { msg_id: 'm-1', env_id: '6007' } }, ['m-1', '6007']],
  ['the unique id', 'sweego', { event_type: 'delivered', swg_uid: '02-ab', headers: { 'x-transaction-id': 't-1' } }, ['t-1', '02-ab']],
  ['the inner id', 'plunk', { contact: {}, execution: {}, event: { emailId: 'm-1', messageId: 's-1' } }, ['m-1', 's-1']],
] // prettier-ignore

describe('the ids of a message', () => {
  it.each(ROWS)('with %s, at %s', async (_what, name, native, ids) => {
    const provider = providerNamed(name)
    const [event] = provider === undefined ? [] : await readAll(provider, native)
    expect([event?.message_id, ...(event?.other_message_ids ?? [])]).toEqual(ids)
  })

  it('has brackets only in the id that a sender of its own chose', async () => {
    const provider = providerNamed('generic')
    const data = { message_id: '<a@example.com>', recipient: 'ada@example.com' }
    const native = {
      event_type: 'email.delivered',
      timestamp: '2026-01-02T03:04:05Z',
      data: { ...data, timestamp: '2026-01-02T03:04:05Z' },
    }
    expect(provider && (await readAll(provider, native))).toMatchObject([
      { message_id: '<a@example.com>', other_message_ids: ['a@example.com'] },
    ])
  })
})
