/** Asks before a destination is removed, and says what is lost. */
import { deliveryStatus, notifyDestination } from '../../destinations.ts'
import { Reason, TextField, whoWithReason } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import { things } from '../notices.ts'
import type { Finder } from '../route.ts'
import { DESTINATIONS, answerDestination } from './resource.ts'

interface Doomed {
  readonly name: string
  readonly lost: string
}

const withLoss: Finder<Doomed> = (work) =>
  DESTINATIONS.with(async (c, { name }) => {
    const delivery = await deliveryStatus(c.get('context'), name)
    const lost =
      delivery === null
        ? 'What waits for it, its dead letters and its attempts'
        : `${things(delivery.backlog, 'event')} to be read, ${delivery.waiting} waiting, ${things(delivery.dead_letters, 'dead letter')}, and its attempts`
    return work(c, { name, lost })
  })

export const removePage = formRoute({
  of: withLoss,
  shown: ({ name, lost }) => ({
    noun: 'destination',
    title: 'Remove',
    label: `Remove ${name}`,
    back: [`${DESTINATIONS.pathOf(name)}/settings`, name],
    lead: `Nothing is sent to it any more. Deleted for good: ${lost}. The events stay in the store.`,
  }),
  values: () => ({ name: '' }),
  Fields: ({ thing: { name } }) => (
    <>
      <TextField name="name" label="Its name" required hint={`Enter ${name}, to be sure.`} />
      <Reason />
    </>
  ),
  answer: (c, { name }, content, { title, isWrong }, status) =>
    answerDestination(c, name, title, content, { isWrong }, status),
  async save(c, { name }, typed) {
    if (typed.name !== name) return [{ path: 'name', problem: `Enter ${name}.` }]
    const context = c.get('context')
    const removed = await context.registry.destinations.remove(name, whoWithReason(c), null)
    if (!removed.ok) return removed
    await notifyDestination(context, name)
    return DESTINATIONS.leadToList(c, 'removed')
  },
})
