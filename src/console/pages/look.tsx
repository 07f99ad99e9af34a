/** How the pages look to the person who looks: theme, density, single keys and time zone. */
import type { ConsoleContext } from '../context.ts'
import { viewOf } from './answer.tsx'
import { Choice, TextField } from './form.tsx'
import { formRoute } from './form-route.tsx'
import { optionsOf } from './options.ts'
import { DENSITIES, KEYS, THEMES, cookiesOf, isZone, oneOf, preferencesIn } from './preferences.ts'
import type { PageRoute } from './route.ts'

const PATH = '/look'

/** The page from which somebody came. */
async function before(c: ConsoleContext): Promise<string> {
  const { cameFrom } = await viewOf(c)
  return cameFrom === undefined || cameFrom === PATH ? '/' : cameFrom
}

const lookPage = formRoute<Readonly<Record<string, string>>, string>({
  of: (work) => async (c) => work(c, await before(c)),
  shown: (back) => ({ title: 'Look and time zone', action: PATH, label: 'Save', back: [back, 'Back'] }),
  values: (_back, c): Readonly<Record<string, string>> => ({
    ...preferencesIn(c.req.header('cookie') ?? ''),
  }),
  Fields: () => (
    <>
      <Choice name="theme" label="Theme" options={optionsOf(THEMES)} />
      <Choice name="density" label="Density" options={optionsOf(DENSITIES)} />
      <Choice name="keys" label="Single keys" options={optionsOf(KEYS)} />
      <TextField
        name="zone"
        label="Time zone"
        required
        hint="Every time also stands in UTC, in its tooltip."
      />
    </>
  ),
  async save(c, back, { theme, density, keys, zone = '' }) {
    if (!isZone(zone))
      return [{ path: 'zone', problem: 'That is no time zone. Write UTC, or a name such as Europe/Vienna.' }]
    const looks = { theme: oneOf(THEMES, theme), density: oneOf(DENSITIES, density), keys: oneOf(KEYS, keys) }
    for (const cookie of cookiesOf({ ...looks, zone })) c.header('set-cookie', cookie, { append: true })
    return c.redirect(back, 303)
  },
})

export const lookPages: readonly PageRoute[] = [{ path: PATH, kind: 'dialog', who: 'viewer', ...lookPage }]
