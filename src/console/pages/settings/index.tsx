/** Settings of the person who looks: theme, density, keys and time zone; health and configuration of the deployment. */
import type { FC } from 'hono/jsx'
import type { ConsoleContext } from '../../context.ts'
import { mayEverywhere, seesAll } from '../../access/actor.ts'
import { healthAnswer } from '../../api/health.ts'
import { answered } from '../../request-context.ts'
import { answerPage } from '../answer.tsx'
import { NoticeLine, Part } from '../components.tsx'
import { Choice, Form, TextField, field, typedIn } from '../form.tsx'
import { optionsOf } from '../options.ts'
import { DENSITIES, KEYS, THEMES, cookiesOf, isZone, oneOf } from '../preferences.ts'
import {
  CONFIGURATION_FILE,
  CONFIGURATION_NOTICES,
  CONFIGURATION_PATH,
  configurationPages,
} from './configuration.tsx'
import { HealthParts } from './health.tsx'
import type { PageRoute } from '../route.ts'
import { useView } from '../view.ts'

async function showSettings(c: ConsoleContext, typed?: Readonly<Record<string, string>>): Promise<Response> {
  const context = c.get('context')
  // Health and configuration belong to no source.
  const seesHealth = seesAll(context.actor)
  const isAdmin = mayEverywhere(context.actor, 'admin')
  const [health, sealed] = await Promise.all([
    seesHealth ? answered(context, 'health', () => healthAnswer(context)) : undefined,
    isAdmin ? answered(context, 'registry', () => context.registry.masterKeys.secretsByVersion()) : undefined,
  ])
  return answerPage(
    c,
    { title: 'Settings', isWrong: typed !== undefined },
    <>
      <NoticeLine notice={CONFIGURATION_NOTICES.of(new URL(c.req.url).searchParams)} />
      <Part id="look" title="How it looks to you">
        <Look typed={typed} />
      </Part>
      {isAdmin && (
        <Part
          id="configuration"
          title="Configuration"
          lead="Sources, destinations, channels and retention as one file, without any secret."
        >
          <div class="buttons">
            <a class="button" href={CONFIGURATION_FILE} download>
              Download
            </a>
            <a class="button" href={CONFIGURATION_PATH}>
              Apply a file
            </a>
          </div>
        </Part>
      )}
      {health !== undefined && <HealthParts health={health} sealed={sealed?.secrets} />}
    </>,
  )
}

const Look: FC<{ typed: Readonly<Record<string, string>> | undefined }> = ({ typed }) => {
  const { preferences } = useView()
  return (
    <Form
      action="/settings/look"
      label="Save"
      typed={typed ?? { ...preferences }}
      problems={
        typed && [
          { path: 'zone', problem: 'That is no time zone. Write UTC, or a name such as Europe/Vienna.' },
        ]
      }
    >
      <Choice name="theme" label="Theme" options={optionsOf(THEMES)} />
      <Choice name="density" label="Density" options={optionsOf(DENSITIES)} />
      <Choice name="keys" label="Single keys" options={optionsOf(KEYS)} />
      <TextField
        name="zone"
        label="Time zone"
        required
        hint="Every time also stands in UTC, in its tooltip."
      />
    </Form>
  )
}

async function saveLook(c: ConsoleContext): Promise<Response> {
  const zone = field(c, 'zone')
  if (!isZone(zone)) return showSettings(c, typedIn(c, ['theme', 'density', 'keys', 'zone']))
  const preferences = {
    theme: oneOf(THEMES, field(c, 'theme')),
    density: oneOf(DENSITIES, field(c, 'density')),
    keys: oneOf(KEYS, field(c, 'keys')),
    zone,
  }
  for (const cookie of cookiesOf(preferences)) c.header('set-cookie', cookie, { append: true })
  return c.redirect('/settings', 303)
}

export const settingsPages: readonly PageRoute[] = [
  { path: '/settings', who: 'viewer', get: (c) => showSettings(c) },
  { path: '/settings/look', who: 'viewer', post: saveLook },
  ...configurationPages,
]
