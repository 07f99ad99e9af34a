/** Pages about one destination: whether it exists, and what a form leads back to. */
import type { Handler } from 'hono'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { answerNotice } from '../answer.tsx'
import type { ConsoleContext, ConsoleHono } from '../../context.ts'
import { type DestinationNotice, noticeQuery } from './notices.ts'
import { destinationPath } from './path.ts'

/** An object that delivers exists for any name, so the registry is asked first. */
export const withDestination =
  (work: (c: ConsoleContext, destination: DestinationView) => Promise<Response>): Handler<ConsoleHono> =>
  async (c) => {
    const destination = await c.get('context').registry.destination(c.req.param('destination') ?? '')
    return destination === null
      ? answerNotice(c, 404, 'No such destination', 'There is no destination with this name.')
      : work(c, destination)
  }

/** After a form comes a page that can be loaded again without doing it twice. */
export const leadBack = (
  c: ConsoleContext,
  { name }: DestinationView,
  notice: DestinationNotice,
  count?: number,
): Response => c.redirect(`${destinationPath(name)}?${noticeQuery(notice, count)}`, 303)
