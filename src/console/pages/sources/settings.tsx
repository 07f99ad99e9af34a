/** The settings of a source as a form, and its removal. */
import { wakeWatch } from '../../incidents.ts'
import { Reason, TextField, whoWithReason } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import { SettingGroups, documentIn, textsOf } from '../setting-fields.tsx'
import { SOURCES } from './resource.ts'
import { groupsOf, settingsOf } from './settings-fields.ts'
import { answerSource } from './tabs.ts'

export const settingsPage = formRoute({
  of: SOURCES.with,
  shown: ({ name }) => ({
    noun: 'source',
    title: `Settings of ${name}`,
    label: 'Save the settings',
    back: [SOURCES.pathOf(name), name],
  }),
  values: ({ config }) => textsOf(settingsOf(config), config),
  versionOf: ({ version }) => version,
  Fields: ({ thing: { config } }) => <SettingGroups groups={groupsOf(config)} />,
  answer: (c, { name }, content, { isWrong }, status) =>
    answerSource(
      c,
      name,
      'Settings',
      <>
        {content}
        <p class="after">
          <a href={`${SOURCES.pathOf(name)}/remove`}>Remove this source</a>
        </p>
      </>,
      { isWrong },
      status,
    ),
  async save(c, source, typed, version) {
    const context = c.get('context')
    const { name, config } = source
    const { provider, deployCheck, drill } = config
    const document = { provider, deployCheck, drill, ...documentIn(settingsOf(config), typed) }
    const put = await context.registry.sources.put(name, document, context.who, version)
    if (!put.ok) return put
    await wakeWatch(context)
    return SOURCES.leadTo(c, source, 'changed', undefined, '/settings')
  },
})

export const removePage = formRoute({
  of: SOURCES.with,
  shown: ({ name }) => ({
    noun: 'source',
    title: `Remove ${name}`,
    label: 'Remove the source',
    back: [`${SOURCES.pathOf(name)}/settings`, name],
    lead: 'Deliveries to its URL are refused from now on, and its secrets are deleted. Its events stay. This cannot be undone: switch the webhook off at the ESP first.',
  }),
  values: () => ({ name: '' }),
  Fields: ({ thing: { name } }) => (
    <>
      <TextField name="name" label={`Type ${name}`} required />
      <Reason />
    </>
  ),
  async save(c, { name }, typed) {
    if (typed.name !== name) return [{ path: 'name', problem: 'Must be the name of the source.' }]
    const removed = await c.get('context').registry.sources.remove(name, whoWithReason(c), null)
    return removed.ok ? SOURCES.leadToList(c, 'removed') : removed
  },
})
