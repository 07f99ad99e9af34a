/** The original of an event, as what it is: text from outside. It is read when somebody opens it, since the audit log has each reading. */
import { eventRoutes } from '../../../api/events.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerPage, answerProblem } from '../answer.tsx'
import { call } from '../call.ts'
import { TextBlock } from '../components.tsx'
import { deliveryPath } from './paths.ts'

const STATES = {
  none: 'None is kept. The days of its source are over, the source keeps none, or the item was about several people or too large.',
  unreadable: 'It does not open: its bytes or its key were changed. The event itself stands as it is.',
} as const

export async function showOriginal(c: ConsoleContext): Promise<Response> {
  const id = c.req.param('id') ?? ''
  const called = await call(c, eventRoutes.getOriginal, { params: { id } })
  if (!called.ok) return answerProblem(c, called)
  const { state, original } = called.json
  return answerPage(
    c,
    { title: 'What the ESP sent', back: { href: deliveryPath(id), text: 'Delivery' } },
    state === 'kept' ? (
      <>
        <p class="lead">The item of the request from which the event was read. Nothing in it is checked.</p>
        <TextBlock text={JSON.stringify(original, null, 2)} label="What the ESP sent" copy="the item" />
      </>
    ) : (
      <p class="empty">{STATES[state]}</p>
    ),
  )
}
