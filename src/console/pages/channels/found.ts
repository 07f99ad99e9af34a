/** Pages about one channel: whether it exists, and what a form leads back to. */
import type { Handler } from 'hono'
import type { ChannelView } from '../../../registry/channels/channel.ts'
import type { ConsoleContext, ConsoleHono } from '../../context.ts'
import { answerNotice } from '../answer.tsx'
import { type ChannelNotice } from './notices.ts'
import { channelPath } from './path.ts'

export const withChannel =
  (work: (c: ConsoleContext, channel: ChannelView) => Promise<Response>): Handler<ConsoleHono> =>
  async (c) => {
    const channel = await c.get('context').registry.channel(c.req.param('channel') ?? '')
    return channel === null ? noChannel(c) : work(c, channel)
  }

export const noChannel = (c: ConsoleContext): Promise<Response> =>
  answerNotice(c, 404, 'No such channel', 'There is no channel with this name.')

/** After a form comes a page that can be loaded again without doing it twice. */
export const leadBack = (c: ConsoleContext, name: string, notice: ChannelNotice): Response =>
  c.redirect(`${channelPath(name)}?notice=${notice}`, 303)
