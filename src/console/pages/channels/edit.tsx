/** The form of a channel, which creates it or replaces its settings: JSON, and a field for each secret, which is never filled in. */
import type { Handler } from 'hono'
import type { FC } from 'hono/jsx'
import * as v from 'valibot'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { isObject } from '../../../platform/json.ts'
import type { NotChanged } from '../../../registry/sources/source.ts'
import { COMMON } from '../../../channels/document.ts'
import { type ChannelKind, adapterOf, isChannelKind } from '../../../channels/index.ts'
import { notChanged } from '../../api/changes.ts'
import { NO_VERSION } from '../../api/conditions.ts'
import { statusOf } from '../../../api/problem.ts'
import { channelDocument, notifyChannels } from '../../channels.ts'
import type { ConsoleContext, ConsoleHono } from '../../context.ts'
import { ownHosts } from '../../destinations.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { Facts, Shown } from '../components.tsx'
import { Form, TextArea, TextField, field } from '../form.tsx'
import { CHANNELS, newChannelPath } from './resource.ts'

/** A document has a few hundred characters. */
const SETTINGS_MAX_CHARACTERS = 20_000
const SECRET_PREFIX = 'secret.'

/** Values that a person typed. Secrets are not kept: they would be shown again. */
interface Typed extends Readonly<Record<string, string>> {
  readonly name: string
  readonly settings: string
}

interface Filled {
  readonly kind: ChannelKind
  readonly typed: Typed
  /** Of the channel that is changed; undefined for a new one. */
  readonly stored: { readonly version: number; readonly slots: readonly string[] } | undefined
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
  answerForm(c, { kind, typed: { name: '', settings: emptySettings(kind) }, stored: undefined }),
)

export const createChannel = withKind((c, kind) =>
  save(c, { kind, typed: { name: field(c, 'name'), settings: field(c, 'settings') }, stored: undefined }),
)

export const showEditChannel = CHANNELS.with((c, channel) => {
  const { secrets: _secrets, kind: _kind, ...settings } = channelDocument(channel)
  const typed = { name: channel.name, settings: settingsText(settings) }
  const stored = { version: channel.version, slots: channel.secrets }
  return answerForm(c, { kind: channel.config.kind, typed, stored })
})

export const changeChannel = CHANNELS.with((c, { name, config: { kind }, secrets }) => {
  const version = field(c, 'version')
  const expected = /^[0-9]{1,15}$/.test(version) ? Number(version) : NO_VERSION
  const typed = { name, settings: field(c, 'settings') }
  return save(c, { kind, typed, stored: { version: expected, slots: secrets } })
})

/** The settings that a channel of this kind needs, to be filled in. */
const emptySettings = (kind: ChannelKind): string =>
  settingsText({
    ...Object.fromEntries(
      Object.entries(adapterOf(kind).entries).flatMap(([name, { type }]) =>
        type === 'optional' ? [] : [[name, type === 'array' ? [''] : '']],
      ),
    ),
    minimum_severity: 'warning',
  })

const settingsText = (settings: object): string => JSON.stringify(settings, null, 2)

/** Nobody overwrites what somebody else changed since the form was made. */
async function save(c: ConsoleContext, filled: Filled): Promise<Response> {
  const context = c.get('context')
  const { name } = filled.typed
  const expected = filled.stored?.version ?? NO_VERSION
  const document = documentOf(filled, c.get('form'))
  if (isProblems(document)) return answerForm(c, filled, document, 422)
  const options = { ownHosts: ownHosts(context) }
  const put = await context.registry.channels.put(name, document, context.who, expected, options)
  if (!put.ok)
    return answerForm(c, filled, problemsOf(put, expected), statusOf(notChanged(put, 'channel').code))
  await notifyChannels(context)
  return CHANNELS.leadTo(c, put.owner, put.created ? 'created' : 'changed')
}

/** The document that the form stands for, or why it is none. A secret whose field is empty stays as it is. */
function documentOf(
  { kind, typed: { settings } }: Filled,
  form: URLSearchParams,
): Record<string, unknown> | readonly DocumentProblem[] {
  const read = settings.length > SETTINGS_MAX_CHARACTERS ? undefined : parsed(settings)
  if (!isObject(read)) return [{ path: 'settings', problem: 'Must be a JSON object.' }]
  if ('secrets' in read) return [{ path: 'secrets', problem: 'They have fields of their own, below.' }]
  const secrets = Object.keys(adapterOf(kind).secrets).flatMap((slot) => {
    const value = (form.get(`${SECRET_PREFIX}${slot}`) ?? '').trim()
    return value === '' ? [] : [[slot, value] as const]
  })
  return { ...read, kind, secrets: Object.fromEntries(secrets) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

const isProblems = (read: object): read is readonly DocumentProblem[] => Array.isArray(read)

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
  status: 200 | ReturnType<typeof statusOf> = 200,
): Promise<Response> =>
  answerPage(
    c,
    {
      title:
        filled.stored === undefined
          ? `New channel: ${adapterOf(filled.kind).label}`
          : `Change ${filled.typed.name}`,
      narrow: true,
    },
    <ChannelForm filled={filled} problems={problems} />,
    status,
  )

const ChannelForm: FC<{ filled: Filled; problems: readonly DocumentProblem[] }> = ({ filled, problems }) => {
  const { kind, typed, stored } = filled
  const isNew = stored === undefined
  const path = CHANNELS.pathOf(typed.name)
  const { entries, secrets } = adapterOf(kind)
  return (
    <>
      <Form
        action={isNew ? newChannelPath(kind) : `${path}/edit`}
        label={isNew ? 'Create' : 'Change'}
        back={isNew ? CHANNELS.path : path}
        hidden={isNew ? {} : { version: String(stored.version) }}
        typed={typed}
        problem={problems.length === 0 ? undefined : <Problems problems={problems} />}
      >
        {isNew && <TextField name="name" label="Name, in lower case" required maxlength={64} />}
        <TextArea
          name="settings"
          label="Settings, as JSON"
          required
          maxlength={SETTINGS_MAX_CHARACTERS}
          isCode
        />
        {Object.entries(secrets).map(([slot, { isRequired, description }]) => {
          const isStored = stored?.slots.includes(slot) ?? false
          return (
            <TextField
              id={slot}
              name={`${SECRET_PREFIX}${slot}`}
              label={<code>{slot}</code>}
              type="password"
              required={isRequired && !isStored}
              {...(isStored ? { remark: '(stored; empty: it stays)' } : {})}
              hint={description}
            />
          )
        })}
      </Form>
      <h2 class="after">The settings</h2>
      <Facts
        rows={Object.entries({ ...entries, ...COMMON }).map(([name, schema]) => [
          <code>{name}</code>,
          v.getDescription(schema) ?? '',
        ])}
      />
    </>
  )
}

const Problems: FC<{ problems: readonly DocumentProblem[] }> = ({ problems }) => (
  <ul class="plain-list">
    {problems.map(({ path, problem }) => (
      <li>
        {path !== '' && <Shown text={path} max={100} code />} {problem}
      </li>
    ))}
  </ul>
)
