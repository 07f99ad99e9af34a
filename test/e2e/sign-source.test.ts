/** `postern sign --source`: the real gateway accepts what is signed for the twin, and the twin is gone afterwards. */
import { describe, expect, it } from 'vitest'
import { jsonOf } from '../../src/simulator/http.ts'
import { SENDERS } from '../../src/simulator/senders/index.ts'
import { run } from '../cli/run.ts'
import { freePorts } from './free-ports.ts'
import { nowSeconds, until, withInstallation } from './postern.ts'

const [gateway = 0] = await freePorts(1)
const postern = withInstallation({
  ports: { gateway, console: 0 },
  // The console shows webhook URLs under it, and the command posts to what the console shows.
  bindings: { GATEWAY_URL: `http://127.0.0.1:${gateway}` },
})

interface Signed {
  readonly code: number
  readonly status: number | null
  readonly twin: string
}

const RECIPIENT = 'ada@sign.example'

/** Makes a source, signs for it, and expects that the source is unchanged and the twin is gone. */
async function signFor(provider: string, change: Record<string, unknown> = {}): Promise<Signed> {
  const { name, account } = await postern.source(provider, `own-${provider}`)
  const settings = { level: 'enhanced', ratePerMinute: 60, rotateEveryDays: 90, ...change }
  const put = await postern.console.put(`/api/sources/${name}`, { ...account.document, ...settings })
  expect(put.status).toBe(200)
  const before = jsonOf(await postern.console.get(`/api/sources/${name}`))

  const args = ['sign', '--source', name, '--recipient', RECIPIENT, '--json']
  const { code, out, complaints } = await run(args, '', postern.reach, { nowSeconds: nowSeconds() })
  expect(complaints).toBe('')
  const { source: twin, status } = JSON.parse(out) as { source: string; status: number | null }
  expect(twin).toMatch(new RegExp(`^${name}-sample-[0-9a-f]{8}$`))
  expect((await postern.console.get(`/api/sources/${twin}`)).status).toBe(404)
  expect(jsonOf(await postern.console.get(`/api/sources/${name}`))).toEqual(before)
  expect(await postern.events(name)).toEqual([])
  await postern.console.remove(`/api/sources/${name}`)
  return { code, status, twin }
}

async function expectStored({ code, status, twin }: Signed, recipient: string | null): Promise<void> {
  expect({ code, status }).toEqual({ code: 0, status: 200 })
  await until(async () => (await postern.events(twin)).length > 0)
  expect(await postern.events(twin)).toMatchObject([{ source: twin, recipient }])
}

/** Of these the gateway fetches a certificate or a key from the ESP, which has none of ours. */
const CERTIFIED = ['mailchannels', 'scaleway-tem', 'ses']
/** ESPs whose first reported event names nobody. */
const NAMELESS = ['braze']

describe('sign --source', () => {
  it.each(SENDERS.map(({ provider }) => provider).filter((provider) => !CERTIFIED.includes(provider)))(
    'gets a delivery of %s accepted and stored',
    async (provider) => {
      await expectStored(await signFor(provider), NAMELESS.includes(provider) ? null : RECIPIENT)
    },
  )

  it.each(CERTIFIED)('says that a delivery of %s is refused', async (provider) => {
    expect(await signFor(provider)).toMatchObject({ code: 1, status: 401 })
  })

  it('is not stopped by the networks that the source allows', async () => {
    const networks = { allowedIps: ['192.0.2.0/24'], allowedCountries: ['DE'], requireSourceIp: true }
    await expectStored(await signFor('mailgun', networks), RECIPIENT)
  })
})
