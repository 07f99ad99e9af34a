/** Worker 1. Wiring only: routes and the Durable Objects that live in this Worker. */
import { DurableObject } from 'cloudflare:workers'

export class Guard extends DurableObject {}
export class Registry extends DurableObject {}
export class Watch extends DurableObject {}

export default { fetch: () => new Response('not yet', { status: 503 }) } satisfies ExportedHandler
