/** `postern events`: what happened to whose mail. */
import type { MailEvent } from '../../event/mail-event.ts'
import { type MakeCommand, noun, remote } from '../command.ts'
import { timeOf, wholeNumber } from '../options.ts'
import { table } from '../out/table.ts'

const LIMIT_DEFAULT = 50

export const events: MakeCommand = ({ api, io, show, paint }) =>
  noun(
    'events',
    'What happened to whose mail.',
    remote(
      'list',
      'Events, newest first by the time at which they happened.',
      'postern events list --source shop --type email.bounced --since 24h --all',
    )
      .option('--source <NAME>', 'only of this source')
      .option('--type <TYPE>', 'only of this type: email.bounced')
      .option('--recipient <ADDRESS>', 'only of this address, exactly')
      .option('--message-id <ID>', 'only of this message, by the id in its events or by that of the send API')
      .option('--request-id <ID>', 'only of the delivery with this request id')
      .option('--since <TIME>', 'only what happened at this time or later: RFC 3339, or 24h for the last day')
      .option('--until <TIME>', 'only what happened before this time, in the same forms')
      .option('--limit <N>', 'how many at most', wholeNumber(1, 1_000_000), LIMIT_DEFAULT)
      .option('--all', 'all that there are, page by page')
      .action(async (options) => {
        const { source, type, recipient, messageId, requestId } = options
        const [since, until] = [options.since, options.until].map((text) => timeOf(text, io.nowMs()))
        const query = { source, type, recipient, message_id: messageId, request_id: requestId, since, until }
        const limit = options.all === true ? null : options.limit
        const rows = await (await api(options)).list<MailEvent>('/api/events', 'events', query, limit)
        show(options, { events: rows }, () =>
          table(
            ['OCCURRED', 'SOURCE', 'TYPE', 'RECIPIENT', 'MESSAGE', 'REASON'],
            rows.map((event) => [
              event.occurred_at ?? `received ${event.received_at}`,
              event.source,
              event.type,
              event.recipient,
              event.message_id,
              reasonOf(event),
            ]),
            paint,
          ),
        )
      }),
  )

/** The kind in one word, then the words of the receiving server. */
const reasonOf = ({ bounce_type, reject_reason, reason }: MailEvent): string | null => {
  const words = [bounce_type ?? reject_reason, reason].filter((one) => typeof one === 'string')
  return words.length === 0 ? null : words.join(': ')
}
