/** The settings of a source as a form, and its removal. */
import { sourceRoutes } from '../../../api/sources.ts'
import { HOUR_MS } from '../../../platform/time.ts'
import { providerNamed } from '../../../providers/index.ts'
import { SOURCE_SETTINGS, type SourceConfig } from '../../../registry/sources/document.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import { sourceHours } from '../../../store/counters.ts'
import { may } from '../../access/actor.ts'
import { answered } from '../../request-context.ts'
import { call } from '../call.ts'
import { Facts, Part } from '../components.tsx'
import { confirmRoute, formRoute } from '../form-route.tsx'
import { things } from '../notices.ts'
import type { Finder } from '../route.ts'
import { Secrets } from '../secrets/tables.tsx'
import { SettingGroups, documentIn, settingFacts, textsOf } from '../setting-fields.tsx'
import { answerSource } from './frame.tsx'
import { SOURCES } from './resource.ts'

/** Settings that a provider must take. */
const TAKEN = ['signature', 'jwt', 'provisioner'] as const

/** Settings that the source's provider takes. It has another provider by its document alone. */
const settingsOf = ({ provider }: SourceConfig) =>
  SOURCE_SETTINGS.filter(({ path, group }) => {
    const taken = TAKEN.find((name) => path.startsWith(`${name}.`))
    const isTaken = taken === undefined || providerNamed(provider)?.settings?.includes(taken) === true
    return group !== undefined && isTaken
  })

/** The form is the page for whoever may change them. */
export const settingsPage = formRoute({
  of: SOURCES.with,
  shown: ({ name }) => ({
    title: `Settings of ${name}`,
    action: `${SOURCES.pathOf(name)}/settings/edit`,
    label: 'Save the settings',
    back: [SOURCES.pathOf(name), name],
  }),
  values: ({ config }) => textsOf(settingsOf(config), config),
  versionOf: ({ version }) => version,
  Fields: ({ thing: { config } }) => <SettingGroups settings={settingsOf(config)} />,
  answer(c, source, form, { isWrong }, status) {
    const { name, config, rotations, secrets } = source
    const path = SOURCES.pathOf(name)
    const mayChange = may(c.get('context').actor, 'operator')
    return answerSource(
      c,
      source,
      'Settings and secrets',
      <>
        <Secrets noun="source" path={path} rotations={rotations} secrets={secrets} />
        <Part id="settings" title="Settings">
          {mayChange ? form : <Facts rows={settingFacts(settingsOf(config), config)} />}
        </Part>
        {mayChange && (
          <Part id="remove" title="Remove it" lead="Its URL refuses everything then. Its events stay.">
            <a class="button danger" data-open="dialog" href={`${path}/remove`}>
              Remove this source
            </a>
          </Part>
        )}
      </>,
      { isWrong },
      status,
    )
  },
  async save(c, source, typed, version) {
    const { name, config } = source
    const { provider, deployCheck, drill } = config
    const body = { provider, deployCheck, drill, ...documentIn(settingsOf(config), typed) }
    const put = await call(c, sourceRoutes.putSource, { params: { name }, body, version })
    return put.ok ? SOURCES.leadTo(c, name, 'changed', undefined, '/settings') : put
  },
})

interface Lost extends SourceView {
  /** Events of the last 24 hours; undefined if the store does not tell. */
  readonly events: number | undefined
}

const withEvents: Finder<Lost> = (work) =>
  SOURCES.with(async (c, source) => {
    const { store, nowMs, ...context } = c.get('context')
    const untilHour = Math.floor(nowMs / HOUR_MS) + 1
    const hours = { sinceHour: untilHour - 24, untilHour }
    const counted = await answered(context, 'counters', () => sourceHours(store, [source.name], hours))
    return work(c, { ...source, events: counted?.reduce((sum, { count }) => sum + count, 0) })
  })

export const removePage = confirmRoute({
  of: withEvents,
  shown: ({ name, events, secrets }) => ({
    title: `Remove ${name}`,
    label: 'Remove the source',
    back: [`${SOURCES.pathOf(name)}/settings`, name],
    lead: `${events === undefined ? 'The store does not tell what comes to it.' : `It got ${things(events, 'event')} in the last 24 hours.`} If you remove it, deliveries to its URL are refused, and ${things(secrets.length, 'version')} of its secrets deleted. Its events stay. This cannot be undone: switch the webhook off at the ESP first.`,
  }),
  nameOf: ({ name }) => name,
  route: sourceRoutes.deleteSource,
  given: ({ name }) => ({ params: { name } }),
  done: (c) => SOURCES.leadToList(c, 'removed'),
})
