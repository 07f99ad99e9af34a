/** The form of a channel, which creates it or replaces its settings: a field for each setting, and for each secret, which is never filled in. */
import type { Handler } from 'hono'
import type { FC } from 'hono/jsx'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { toBase64 } from '../../../platform/bytes.ts'
import type { ChannelView } from '../../../registry/channels/channel.ts'
import type { NotChanged } from '../../../registry/sources/source.ts'
import { type ChannelKind, adapterOf, isChannelKind } from '../../../channels/index.ts'
import { notChanged } from '../../api/changes.ts'
import { NO_VERSION } from '../../api/conditions.ts'
import { statusOf } from '../../../api/problem.ts'
import { notifyChannels } from '../../channels.ts'
import type { ConsoleContext, ConsoleHono } from '../../context.ts'
import { ownHosts } from '../../destinations.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { answerConflict, loadedFields, loadedIn, versionIn } from '../conflict.tsx'
import { Form, TextField, field, typedIn } from '../form.tsx'
import {
  CommonFields,
  DEFAULTS,
  OwnFields,
  SecretFields,
  type Typed,
  documentOf,
  fieldNames,
  typedOf,
} from './fields.tsx'
import { CHANNELS, newChannelPath } from './resource.ts'

interface Filled {
  readonly kind: ChannelKind
  readonly name: string
  readonly typed: Typed
  /** The channel that is changed; undefined for a new one. */
  readonly channel: ChannelView | undefined
  /** Hidden fields that say what was loaded. */
  readonly loaded?: Typed
}

const withKind =
  (work: (c: ConsoleContext, kind: ChannelKind) => Promise<Response>): Handler<ConsoleHono> =>
  async (c) => {
    const kind = c.req.param('kind')
    return isChannelKind(kind)
      ? work(c, kind)
      : answerNotice(c, 404, 'No such kind', 'There is no such kind of channel.')
  }

export const showNewChannel = withKind((c, kind) =>
  answerForm(c, { kind, name: '', typed: DEFAULTS, channel: undefined }),
)

export const createChannel = withKind((c, kind) =>
  save(c, { kind, name: field(c, 'name'), typed: typedFields(c, kind), channel: undefined }),
)

export const showEditChannel = CHANNELS.with((c, channel) =>
  answerForm(c, {
    kind: channel.config.kind,
    name: channel.name,
    typed: { ...DEFAULTS, ...typedOf(channel.config) },
    channel,
  }),
)

export const changeChannel = CHANNELS.with((c, channel) => {
  const { kind } = channel.config
  return save(c, { kind, name: channel.name, typed: typedFields(c, kind), channel })
})

/** With the line breaks that the store keeps. */
const typedFields = (c: ConsoleContext, kind: ChannelKind): Typed =>
  Object.fromEntries(
    Object.entries(typedIn(c, fieldNames(kind))).map(([name, text]) => [name, text.replaceAll('\r\n', '\n')]),
  )

/** Nobody overwrites what somebody else changed since the form was made. */
async function save(c: ConsoleContext, filled: Filled): Promise<Response> {
  const context = c.get('context')
  const { kind, name, typed, channel } = filled
  const document = {
    ...documentOf(kind, typed, c.get('form')),
    ...(channel === undefined ? {} : { paused: channel.config.paused }),
  }
  const expected = channel === undefined ? NO_VERSION : (versionIn(c) ?? NO_VERSION)
  const options = { ownHosts: ownHosts(context) }
  const put = await context.registry.channels.put(name, document, context.who, expected, options)
  if (put.ok) {
    await notifyChannels(context)
    return CHANNELS.leadTo(c, put.owner, put.created ? 'created' : 'changed')
  }
  if (put.code === 'version_conflict' && channel !== undefined && put.version > 0) {
    const path = CHANNELS.pathOf(name)
    const now = { ...DEFAULTS, ...typedOf(channel.config) }
    const title = `Change ${name}`
    const { version } = put
    return answerConflict(c, { title, action: `${path}/edit`, back: path, version, now, typed })
  }
  return answerForm(
    c,
    { ...filled, loaded: loadedIn(c) },
    problemsOf(put, expected),
    statusOf(notChanged(put, 'channel').code),
  )
}

function problemsOf(why: NotChanged, expected: number): readonly DocumentProblem[] {
  if (why.code === 'document_invalid') return why.problems
  if (why.code === 'version_conflict' && expected === NO_VERSION)
    return [{ path: 'name', problem: 'There is a channel of this name already.' }]
  return [{ path: '', problem: notChanged(why, 'channel').detail }]
}

const answerForm = (
  c: ConsoleContext,
  filled: Filled,
  problems: readonly DocumentProblem[] = [],
  status?: ReturnType<typeof statusOf>,
): Promise<Response> => {
  const { kind, name, channel } = filled
  const { label } = adapterOf(kind)
  return answerPage(
    c,
    {
      title: channel === undefined ? `New channel: ${label}` : `Change ${name}`,
      back:
        channel === undefined
          ? { href: CHANNELS.path, text: 'All channels' }
          : { href: CHANNELS.pathOf(name), text: name },
      narrow: true,
      isWrong: problems.length > 0,
    },
    <ChannelForm filled={filled} problems={problems} />,
    status,
  )
}

const ChannelForm: FC<{ filled: Filled; problems: readonly DocumentProblem[] }> = ({ filled, problems }) => {
  const { kind, name, typed, channel, loaded } = filled
  const path = CHANNELS.pathOf(name)
  return (
    <Form
      action={channel === undefined ? newChannelPath(kind) : `${path}/edit`}
      label={channel === undefined ? 'Create' : 'Change'}
      back={channel === undefined ? CHANNELS.path : path}
      hidden={loaded ?? (channel === undefined ? {} : loadedFields(channel.version, typed))}
      typed={{ ...typed, name }}
      problems={problems}
    >
      {channel === undefined && (
        <TextField
          name="name"
          label="Name"
          required
          maxlength={64}
          hint="Lower-case letters, digits and hyphens, such as on-call."
        />
      )}
      <OwnFields kind={kind} />
      <SecretFields kind={kind} stored={channel?.secrets ?? []} proposal={newSigningSecret()} />
      <CommonFields typed={typed} />
    </Form>
  )
}

const SECRET_BYTES = 32

/** A proposal. It is not stored until somebody pastes it into the field. */
const newSigningSecret = (): string =>
  `whsec_${toBase64(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)))}`
