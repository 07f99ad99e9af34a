/** The forms of a channel, which create it or replace its settings: a field for each setting, and for each secret, which is never filled in. */
import { type ChannelKind, adapterOf, isChannelKind } from '../../../channels/index.ts'
import type { ChannelView } from '../../../registry/channels/channel.ts'
import { channelRoutes } from '../../../api/channels.ts'
import { NO_VERSION } from '../../api/conditions.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerNotice } from '../answer.tsx'
import { call } from '../call.ts'
import { TextField } from '../form.tsx'
import { confirmRoute, formRoute } from '../form-route.tsx'
import type { Finder } from '../route.ts'
import { sourceNames, withSourceNames } from '../sources/names.ts'
import { ChannelFields, channelIn, textsOfChannel } from './fields.tsx'
import { CHANNELS } from './resource.ts'

const withKind: Finder<{ kind: ChannelKind; sources: readonly string[] }> = (work) =>
  withSourceNames((c, sources) => {
    const kind = c.req.param('kind')
    return isChannelKind(kind)
      ? work(c, { kind, sources })
      : answerNotice(c, 404, 'No such kind', 'There is no such kind of channel.')
  })

const withChannel: Finder<ChannelView & { sources: readonly string[] }> = (work) =>
  CHANNELS.with(async (c, channel) => work(c, { ...channel, sources: await sourceNames(c.get('context')) }))

async function put(c: ConsoleContext, name: string, body: unknown, version: number) {
  const done = await call(c, channelRoutes.putChannel, { params: { name }, body, version })
  return done.ok ? CHANNELS.leadTo(c, name, done.status === 201 ? 'created' : 'changed') : done
}

export const newPage = formRoute({
  of: withKind,
  shown: ({ kind }) => ({
    title: `New channel: ${adapterOf(kind).label}`,
    label: 'Create',
    back: [CHANNELS.path, 'Who is told'],
  }),
  values: ({ kind }) => ({ name: '', ...textsOfChannel(kind) }),
  Fields: ({ thing: { kind, sources }, typed }) => (
    <>
      <TextField
        name="name"
        label="Name"
        required
        maxlength={64}
        hint="Lower-case letters, digits and hyphens, such as on-call."
      />
      <ChannelFields kind={kind} texts={typed} stored={[]} sources={sources} />
    </>
  ),
  save: (c, { kind }, typed) => put(c, typed.name, channelIn(kind, typed, c.get('form')), NO_VERSION),
})

export const editPage = formRoute({
  of: withChannel,
  shown: ({ name }) => ({
    title: `Change ${name}`,
    label: 'Change',
    back: [CHANNELS.pathOf(name), name],
  }),
  values: ({ config }) => textsOfChannel(config.kind, config),
  versionOf: ({ version }) => version,
  Fields: ({ thing: { config, secrets, sources }, typed }) => (
    <ChannelFields kind={config.kind} texts={typed} stored={secrets} sources={sources} />
  ),
  save: (c, { name, config: { kind, paused } }, typed, version) =>
    put(c, name, { ...channelIn(kind, typed, c.get('form')), paused }, version),
})

export const removePage = confirmRoute({
  of: CHANNELS.with,
  shown: ({ name }) => ({
    title: `Remove ${name}`,
    label: 'Remove',
    back: [CHANNELS.pathOf(name), name],
    lead: 'If you remove it, nothing is sent to it any more, not even that an incident is over.',
  }),
  route: channelRoutes.deleteChannel,
  given: ({ name }) => ({ params: { name } }),
  done: (c) => CHANNELS.leadToList(c, 'removed'),
})
