/** The settings of a source as a form, and its removal. */
import type { FC } from 'hono/jsx'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import { statusOf } from '../../../api/problem.ts'
import { notChanged } from '../../api/changes.ts'
import { NO_VERSION } from '../../api/conditions.ts'
import type { ConsoleContext } from '../../context.ts'
import { wakeWatch } from '../../incidents.ts'
import { answerPage } from '../answer.tsx'
import { answerConflict, loadedFields, loadedIn, versionIn } from '../conflict.tsx'
import { Form, Reason, TextField, field, typedIn, whoWithReason } from '../form.tsx'
import { SOURCES } from './resource.ts'
import { SettingFields, documentOf, settingNames, typedOf } from './settings-fields.tsx'
import { answerSource } from './tabs.ts'

type Typed = Readonly<Record<string, string>>

export const showSettings = SOURCES.with((c, source) =>
  answerSettings(c, source, typedOf(source.config), loadedFields(source.version, typedOf(source.config))),
)

export const saveSettings = SOURCES.with(async (c, source) => {
  const context = c.get('context')
  const { name, config } = source
  const typed = withLines(typedIn(c, settingNames(config)))
  const expected = versionIn(c) ?? NO_VERSION
  const put = await context.registry.sources.put(name, documentOf(config, typed), context.who, expected)
  if (put.ok) {
    await wakeWatch(context)
    return SOURCES.leadTo(c, source, 'changed', undefined, '/settings')
  }
  const path = SOURCES.pathOf(name)
  if (put.code === 'version_conflict' && put.version > 0)
    return answerConflict(c, {
      title: `Settings of ${name}`,
      action: `${path}/settings`,
      back: `${path}/settings`,
      version: put.version,
      now: typedOf(config),
      typed,
    })
  const { detail, code } = notChanged(put)
  const problems = put.code === 'document_invalid' ? put.problems : [{ path: '', problem: detail }]
  return answerSettings(c, source, typed, loadedIn(c), problems, statusOf(code))
})

/** With the line breaks that were shown. */
const withLines = (typed: Typed): Typed =>
  Object.fromEntries(Object.entries(typed).map(([name, text]) => [name, text.replaceAll('\r\n', '\n')]))

/** Problems of an item of a list stand at the list. */
const atField = ({ path, problem }: DocumentProblem): DocumentProblem => ({
  path: path.replace(/\.\d+$/, ''),
  problem,
})

const answerSettings = (
  c: ConsoleContext,
  { name, config }: SourceView,
  typed: Typed,
  loaded: Typed,
  problems: readonly DocumentProblem[] = [],
  status?: ReturnType<typeof statusOf>,
): Promise<Response> => {
  const path = SOURCES.pathOf(name)
  return answerSource(
    c,
    name,
    'Settings',
    <>
      <Form
        action={`${path}/settings`}
        label="Save the settings"
        hidden={loaded}
        typed={typed}
        problems={problems.map(atField)}
      >
        <SettingFields config={config} />
      </Form>
      <p class="after">
        <a href={`${path}/remove`}>Remove this source</a>
      </p>
    </>,
    { isWrong: problems.length > 0 },
    status,
  )
}

export const showRemove = SOURCES.with((c, source) => answerRemove(c, source))

export const removeSource = SOURCES.with(async (c, source) => {
  const context = c.get('context')
  const { name } = source
  if (field(c, 'name') !== name)
    return answerRemove(c, source, [{ path: 'name', problem: 'Must be the name of the source.' }])
  const removed = await context.registry.sources.remove(name, whoWithReason(c), null)
  if (!removed.ok) return answerRemove(c, source, [{ path: '', problem: notChanged(removed).detail }])
  return SOURCES.leadToList(c, 'removed')
})

const answerRemove = (
  c: ConsoleContext,
  source: SourceView,
  problems: readonly DocumentProblem[] = [],
): Promise<Response> =>
  answerPage(
    c,
    { title: `Remove ${source.name}`, narrow: true, isWrong: problems.length > 0 },
    <Remove name={source.name} problems={problems} />,
  )

const Remove: FC<{ name: string; problems: readonly DocumentProblem[] }> = ({ name, problems }) => (
  <>
    <p class="lead">
      Deliveries to its URL are refused from now on, and its secrets are deleted. Its events stay. This cannot
      be undone: switch the webhook off at the ESP first.
    </p>
    <Form
      action={`${SOURCES.pathOf(name)}/remove`}
      label="Remove the source"
      back={`${SOURCES.pathOf(name)}/settings`}
      problems={problems}
    >
      <TextField name="name" label={`Type ${name}`} required />
      <Reason />
    </Form>
  </>
)
