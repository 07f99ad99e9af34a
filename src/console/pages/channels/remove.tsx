/** The page that removes a channel, after it has asked. */
import { notChanged } from '../../api/changes.ts'
import { statusOf } from '../../../api/problem.ts'
import { notifyChannels } from '../../channels.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { Buttons, Reason, formTokenOf, reasonIn, whoWith } from '../secret-components.tsx'
import { withChannel } from './found.ts'
import { CHANNELS_PATH, channelPath } from './path.ts'

export const showRemoveChannel = withChannel(async (c, { name }) => {
  const path = channelPath(name)
  return answerPage(
    c,
    { title: 'Remove a channel · Postern' },
    <div class="narrow">
      <h1>Remove {name}</h1>
      <p class="lead">Nothing is sent to it any more, not even that an incident is over.</p>
      <form method="post" action={`${path}/remove`} class="stacked">
        <input type="hidden" name="form_token" value={await formTokenOf(c)} />
        <Reason />
        <Buttons label="Remove" back={path} />
      </form>
    </div>,
  )
})

export const removeChannel = withChannel(async (c, { name }) => {
  const context = c.get('context')
  const removed = await context.registry.removeChannel(name, whoWith(context.who, reasonIn(c)), null)
  if (!removed.ok) {
    const { code, detail } = notChanged(removed, 'channel')
    return answerNotice(c, statusOf(code), 'Not removed', detail)
  }
  await notifyChannels(context)
  return c.redirect(`${CHANNELS_PATH}?notice=removed`, 303)
})
