/** `postern events`: what happened to whose mail. */
import { eventRoutes } from '../../api/events.ts'
import type { MailEvent } from '../../event/mail-event.ts'
import { visibleJson } from '../../platform/visible.ts'
import { noun } from '../command.ts'
import { preview } from '../events-preview.ts'
import { timeOf } from '../options.ts'
import { fields } from '../out/table.ts'
import { PAGED, list, request } from '../request.ts'

/** The kind in one word, then the words of the receiving server. */
const reasonOf = ({ bounce_type, reject_reason, cause, reason }: MailEvent): string | null => {
  const words = [bounce_type ?? reject_reason, cause, reason].filter((one) => typeof one === 'string')
  return words.length === 0 ? null : words.join(': ')
}

const ORIGINAL_STATES = {
  none: 'None is kept: its days are over, the person was erased, or the source keeps none.',
  unreadable: 'It does not open. The event itself stands.',
} as const

/** As JSON: what a person need not read. */
const NOTHING: ReadonlySet<string> = new Set(['null', '""', '[]', '{}'])

export const events = noun(
  list({
    summary: 'Events, newest first by the time at which they happened.',
    example: 'postern events list --source shop --type email.bounced --since 24h --all',
    route: eventRoutes.listEvents,
    query: {
      source: ['--source <NAME>', 'only of this source'],
      type: ['--type <TYPE>', 'only of this type: email.bounced'],
      types: ['--types <LIST>', 'only of these types: email.bounced,email.spam_reported'],
      recipient: ['--recipient <ADDRESS>', 'only of this address, exactly'],
      message_id: [
        '--message-id <ID>',
        'only of this message, by the id in its events or by that of the send API',
      ],
      request_id: ['--request-id <ID>', 'only of the delivery with this request id'],
      campaign_id: ['--campaign-id <ID>', 'only of this campaign, as the ESP names it'],
      bounce_type: ['--bounce-type <TYPE>', 'only bounces of this type: hard'],
      cause: ['--cause <NAME>', 'only what failed for this cause: authentication'],
      automated: ['--automated <WHETHER>', 'only what a machine did: true, false or unknown'],
      reason: ['--reason <TEXT>', 'only with this text in the words of the receiving server'],
      tag: ['--tag <TAG>', 'only with this tag'],
      mailbox_provider: ['--mailbox-provider <NAME>', 'only to this mailbox provider: gmail'],
      since: [
        '--since <TIME>',
        'only what happened at this time or later: RFC 3339, or 24h for the last day',
        timeOf,
      ],
      until: ['--until <TIME>', 'only what happened before this time, in the same forms', timeOf],
    },
    columns: [
      ['occurred_at', (event) => event.occurred_at ?? `received ${event.received_at}`],
      'source',
      'type',
      'recipient',
      'message_id',
      ['reason', reasonOf],
    ],
    ...PAGED,
  }),
  request({
    name: 'show',
    summary: 'One event, with how its delivery was let in.',
    example: 'postern events show 019af2c31b42e5d0c2f1a3b4c5d6e7f8091a2b3c4d5e',
    route: eventRoutes.getEvent,
    arguments: [['<ID>', 'the id of the event']],
    words: ({ security, ...event }, paint) =>
      fields(
        [
          ...Object.entries(event).filter(([, value]) => !NOTHING.has(JSON.stringify(value))),
          ...Object.entries(security).map(([name, value]) => [`security ${name}`, value] as const),
        ].map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : value]),
        paint,
      ),
  }),
  request({
    name: 'original',
    summary: 'The item of the ESP from which an event was read. The audit log has a line for it.',
    example: 'postern events original 019af2c31b42e5d0c2f1a3b4c5d6e7f8091a2b3c4d5e',
    route: eventRoutes.getOriginal,
    arguments: [['<ID>', 'the id of the event']],
    words: ({ state, original }) =>
      state === 'kept' ? visibleJson(JSON.stringify(original, null, 2)) : ORIGINAL_STATES[state],
  }),
  preview,
)
