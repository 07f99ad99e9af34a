/** Asks before a destination is removed, and says what is lost. */
import { notChanged } from '../../api/changes.ts'
import { statusOf } from '../../../api/problem.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import type { ConsoleContext } from '../../context.ts'
import { deliveryStatus, notifyDestination } from '../../destinations.ts'
import { answerNotice } from '../answer.tsx'
import { Form, Reason, TextField, field, whoWithReason } from '../form.tsx'
import { things } from '../notices.ts'
import { DESTINATIONS } from './resource.ts'
import { answerDestination } from './tabs.ts'

export const showRemove = DESTINATIONS.with((c, destination) => answerRemove(c, destination))

async function answerRemove(
  c: ConsoleContext,
  { name }: DestinationView,
  problem?: string,
): Promise<Response> {
  const delivery = await deliveryStatus(c.get('context'), name)
  const path = DESTINATIONS.pathOf(name)
  const lost =
    delivery === null
      ? 'What waits for it, its dead letters and its attempts'
      : `${things(delivery.backlog, 'event')} to be read, ${delivery.waiting} waiting, ${things(delivery.dead_letters, 'dead letter')}, and its attempts`
  return answerDestination(
    c,
    name,
    'Remove',
    <>
      <p class="lead">
        Nothing is sent to it any more. Deleted for good: {lost}. The events stay in the store.
      </p>
      <Form
        action={`${path}/settings/remove`}
        label={`Remove ${name}`}
        back={`${path}/settings`}
        problems={problem === undefined ? [] : [{ path: 'name', problem }]}
      >
        <TextField name="name" label="Its name" required hint={`Enter ${name}, to be sure.`} />
        <Reason />
      </Form>
    </>,
    { isWrong: problem !== undefined },
  )
}

export const remove = DESTINATIONS.with(async (c, destination) => {
  const { name } = destination
  if (field(c, 'name') !== name) return answerRemove(c, destination, `Enter ${name}.`)
  const context = c.get('context')
  const removed = await context.registry.destinations.remove(name, whoWithReason(c), null)
  if (!removed.ok) {
    const { code, detail } = notChanged(removed, 'destination')
    return answerNotice(c, statusOf(code), 'Not removed', detail)
  }
  await notifyDestination(context, name)
  return DESTINATIONS.leadToList(c, 'removed')
})
