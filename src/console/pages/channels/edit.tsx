/** Creates a channel, or replaces its settings. */
import type { Handler } from 'hono'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import type { NotChanged } from '../../../registry/sources/source.ts'
import { type ChannelKind, adapterOf, isChannelKind } from '../../../channels/index.ts'
import { notChanged } from '../../api/changes.ts'
import { NO_VERSION } from '../../api/conditions.ts'
import { statusOf } from '../../../api/problem.ts'
import { channelDocument, notifyChannels } from '../../channels.ts'
import type { ConsoleContext, ConsoleHono } from '../../context.ts'
import { ownHosts } from '../../destinations.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { formTokenOf } from '../secret-components.tsx'
import { ChannelForm, type Typed, documentOf, emptySettings, settingsText } from './form.tsx'
import { leadBack, withChannel } from './found.ts'
import { CHANNELS_PATH, channelPath, newChannelPath } from './path.ts'

const withKind =
  (work: (c: ConsoleContext, kind: ChannelKind) => Promise<Response>): Handler<ConsoleHono> =>
  async (c) => {
    const kind = c.req.param('kind')
    return isChannelKind(kind)
      ? work(c, kind)
      : answerNotice(c, 404, 'No such kind', 'There is no such kind of channel.')
  }

export const showNewChannel = withKind((c, kind) =>
  answerForm(c, { kind, typed: { name: '', settings: emptySettings(kind) }, stored: undefined }),
)

export const createChannel = withKind(async (c, kind) => {
  const form = { kind, typed: typedIn(c), stored: undefined }
  return save(c, form, form.typed.name, NO_VERSION)
})

export const showEditChannel = withChannel(async (c, channel) => {
  const { secrets: _secrets, kind: _kind, ...settings } = channelDocument(channel)
  return answerForm(c, {
    kind: channel.config.kind,
    typed: { name: channel.name, settings: settingsText(settings) },
    stored: { version: channel.version, slots: channel.secrets },
  })
})

export const changeChannel = withChannel(async (c, { name, config, secrets }) => {
  const version = c.get('form').get('version') ?? ''
  const expected = /^[0-9]{1,15}$/.test(version) ? Number(version) : NO_VERSION
  const stored = { version: expected, slots: secrets }
  return save(c, { kind: config.kind, typed: { ...typedIn(c), name }, stored }, name, expected)
})

const typedIn = (c: ConsoleContext): Typed => ({
  name: (c.get('form').get('name') ?? '').trim(),
  settings: (c.get('form').get('settings') ?? '').trim(),
})

interface Filled {
  readonly kind: ChannelKind
  readonly typed: Typed
  readonly stored: { readonly version: number; readonly slots: readonly string[] } | undefined
}

/** @param expected the version that the form was made from: nobody overwrites what somebody else changed meanwhile */
async function save(c: ConsoleContext, filled: Filled, name: string, expected: number): Promise<Response> {
  const context = c.get('context')
  const document = documentOf(filled.kind, filled.typed, c.get('form'))
  if (isProblems(document)) return answerForm(c, filled, document, 422)
  const put = await context.registry.putChannel(name, document, context.who, expected, ownHosts(context))
  if (!put.ok)
    return answerForm(c, filled, problemsOf(put, expected), statusOf(notChanged(put, 'channel').code))
  await notifyChannels(context)
  return leadBack(c, name, put.created ? 'created' : 'changed')
}

const isProblems = (read: object): read is readonly DocumentProblem[] => Array.isArray(read)

function problemsOf(why: NotChanged, expected: number): readonly DocumentProblem[] {
  if (why.code === 'document_invalid') return why.problems
  if (why.code === 'version_conflict' && expected === NO_VERSION)
    return [{ path: 'name', problem: 'There is a channel of this name already.' }]
  return [{ path: '', problem: notChanged(why, 'channel').detail }]
}

async function answerForm(
  c: ConsoleContext,
  { kind, typed, stored }: Filled,
  problems: readonly DocumentProblem[] = [],
  status: 200 | ReturnType<typeof statusOf> = 200,
): Promise<Response> {
  const title = stored === undefined ? `New channel: ${adapterOf(kind).label}` : `Change ${typed.name}`
  return answerPage(
    c,
    { title: `${title} · Postern` },
    <div class="narrow">
      <h1>{title}</h1>
      <ChannelForm
        action={stored === undefined ? newChannelPath(kind) : `${channelPath(typed.name)}/edit`}
        back={stored === undefined ? CHANNELS_PATH : channelPath(typed.name)}
        formToken={await formTokenOf(c)}
        kind={kind}
        typed={typed}
        stored={stored}
        problems={problems}
      />
    </div>,
    status,
  )
}
