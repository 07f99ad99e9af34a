import { listEvents } from '../../../store/events.ts'
import type { ConsoleContext } from '../../context.ts'
import { moved } from '../moved.ts'
import type { PageRoute } from '../route.ts'
import { answerUnstored } from '../unstored.ts'
import { showDelivery } from './delivery.tsx'
import { showOriginal } from './original.tsx'
import { deliveryPath } from './paths.ts'

/** Leads to the newest event of a message: beside its story stand all of them. */
async function leadToMessage(c: ConsoleContext): Promise<Response> {
  const { store, nowMs } = c.get('context')
  const message = { source: c.req.param('source') ?? '', message_id: c.req.param('message') ?? '' }
  const [newest] = (await listEvents(store, { ...message, limit: 1 }, nowMs)).events
  return newest === undefined
    ? answerUnstored(c, 'No such message', UNKNOWN)
    : c.redirect(deliveryPath(newest.id), 303)
}

const UNKNOWN =
  'No event of this source has this id of a message. Each ESP has ids of its own: look at one of its events for their form.'

export const deliveryPages: readonly PageRoute[] = [
  { path: '/d/:id', who: 'viewer', get: showDelivery },
  { path: '/d/:id/original', kind: 'dialog', who: 'operator', get: showOriginal },
  { path: '/d/:source/:message', kind: 'moved', who: 'viewer', get: leadToMessage },
  moved('/events/:id', '/d/:id'),
  moved('/messages/:source/:message', '/d/:source/:message'),
  moved('/requests/:id', '/d/:id'),
  moved('/quarantine/:id', '/d/:id'),
]
