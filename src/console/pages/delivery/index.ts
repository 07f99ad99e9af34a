import { moved } from '../moved.ts'
import type { PageRoute } from '../route.ts'
import { showDelivery } from './delivery.tsx'
import { showMessage } from './message.tsx'

export const deliveryPages: readonly PageRoute[] = [
  { path: '/d/:id', who: 'viewer', get: showDelivery },
  // The delivery's message, in the same words.
  { path: '/d/:source/:message', who: 'viewer', get: showMessage },
  moved('/events/:id', '/d/:id'),
  moved('/messages/:source/:message', '/d/:source/:message'),
  moved('/requests/:id', '/d/:id'),
  moved('/quarantine/:id', '/d/:id'),
]
