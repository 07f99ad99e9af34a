/** `postern messages`: where each message stands. */
import { type MakeCommand, noun, remote } from '../command.ts'
import { table } from '../out/table.ts'

interface State {
  readonly recipient: string | null
  readonly state: string
  readonly occurred_at: string
}

export const messages: MakeCommand = ({ api, show, paint, end }) =>
  noun(
    'messages',
    'Where each message stands.',
    remote(
      'show',
      'The state of one message for each of its recipients.',
      'postern messages show shop "<20261125.1@example.com>"',
    )
      .argument('<SOURCE>', 'the source that the message belongs to')
      .argument('<MESSAGE_ID>', 'its id, as in its events or as the send API answered it')
      .action(async (source, messageId, options) => {
        const query = { source, message_id: messageId }
        const answer = await (await api(options)).get<{ states: readonly State[] }>('/api/messages', query)
        show(options, answer, () =>
          table(
            ['RECIPIENT', 'STATE', 'SINCE'],
            answer.states.map(({ recipient, state, occurred_at }) => [recipient, state, occurred_at]),
            paint,
          ),
        )
        if (answer.states.length === 0) end('no')
      }),
  )
