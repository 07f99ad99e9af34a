/** The forms of a channel, which create it or replace its settings: a field for each setting, and for each secret, which is never filled in. */
import { type ChannelKind, adapterOf, isChannelKind } from '../../../channels/index.ts'
import { NO_VERSION } from '../../api/conditions.ts'
import { notifyChannels } from '../../channels.ts'
import type { ConsoleContext } from '../../context.ts'
import { ownHosts } from '../../destinations.ts'
import { answerNotice } from '../answer.tsx'
import { Reason, TextField, whoWithReason } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import type { Finder } from '../route.ts'
import { ChannelFields, channelIn, textsOfChannel } from './fields.tsx'
import { CHANNELS } from './resource.ts'

const withKind: Finder<ChannelKind> = (work) => (c) => {
  const kind = c.req.param('kind')
  return isChannelKind(kind)
    ? work(c, kind)
    : answerNotice(c, 404, 'No such kind', 'There is no such kind of channel.')
}

async function put(c: ConsoleContext, name: string, document: unknown, version: number) {
  const context = c.get('context')
  const options = { ownHosts: ownHosts(context) }
  const done = await context.registry.channels.put(name, document, context.who, version, options)
  if (!done.ok) return done
  await notifyChannels(context)
  return CHANNELS.leadTo(c, done.owner, done.created ? 'created' : 'changed')
}

export const newPage = formRoute({
  of: withKind,
  shown: (kind) => ({
    noun: 'channel',
    title: `New channel: ${adapterOf(kind).label}`,
    label: 'Create',
    back: [CHANNELS.path, 'All channels'],
  }),
  values: (kind) => ({ name: '', ...textsOfChannel(kind) }),
  Fields: ({ thing: kind, typed }) => (
    <>
      <TextField
        name="name"
        label="Name"
        required
        maxlength={64}
        hint="Lower-case letters, digits and hyphens, such as on-call."
      />
      <ChannelFields kind={kind} texts={typed} stored={[]} />
    </>
  ),
  save: (c, kind, typed) => put(c, typed.name, channelIn(kind, typed, c.get('form')), NO_VERSION),
})

export const editPage = formRoute({
  of: CHANNELS.with,
  shown: ({ name }) => ({
    noun: 'channel',
    title: `Change ${name}`,
    label: 'Change',
    back: [CHANNELS.pathOf(name), name],
  }),
  values: ({ config }) => textsOfChannel(config.kind, config),
  versionOf: ({ version }) => version,
  Fields: ({ thing: { config, secrets }, typed }) => (
    <ChannelFields kind={config.kind} texts={typed} stored={secrets} />
  ),
  save: (c, { name, config: { kind, paused } }, typed, version) =>
    put(c, name, { ...channelIn(kind, typed, c.get('form')), paused }, version),
})

export const removePage = formRoute({
  of: CHANNELS.with,
  shown: ({ name }) => ({
    noun: 'channel',
    title: `Remove ${name}`,
    label: 'Remove',
    back: [CHANNELS.pathOf(name), name],
    lead: 'Nothing is sent to it any more, not even that an incident is over.',
  }),
  values: () => ({}),
  Fields: () => <Reason />,
  async save(c, { name }) {
    const context = c.get('context')
    const removed = await context.registry.channels.remove(name, whoWithReason(c), null)
    if (!removed.ok) return removed
    await notifyChannels(context)
    return CHANNELS.leadToList(c, 'removed')
  },
})
