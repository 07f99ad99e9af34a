/** `postern messages`: where each message stands. */
import { messageRoutes } from '../../api/messages.ts'
import type { AnswerOf } from '../../api/route.ts'
import { type Cli, noun, remote } from '../command.ts'
import { missingOf } from '../history.ts'
import { type Columns, table } from '../out/table.ts'

type State = AnswerOf<typeof messageRoutes.getMessageStates>['states'][number]

const COLUMNS: Columns<State> = [
  'recipient',
  ['state', ({ state, automated }) => (automated === true ? `${state} by a machine` : state)],
  'occurred_at',
]

const show = ({ api, io, show: print, paint, end }: Cli) =>
  remote(
    'show',
    'The state of one message for each of its recipients.',
    'postern messages show shop "<20261125.1@example.com>"',
  )
    .argument('<SOURCE>', 'the source that the message belongs to')
    .argument('<MESSAGE_ID>', 'its id, as in its events or as the send API answered it')
    .action(async (source, messageId, options) => {
      const query = { source, message_id: messageId }
      const answer = await (await api(options)).call(messageRoutes.getMessageStates, { query })
      print(options, answer, () => table(COLUMNS, answer.states, paint))
      const missing = missingOf(answer, undefined, answer.states.length === 0)
      if (missing !== undefined) io.terminal.note(missing)
      if (answer.states.length === 0) end('no')
    })

export const messages = noun(show)
