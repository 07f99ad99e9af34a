/** The commands of docs/emergencies.md, run against the three Workers. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { jsonOf } from '../../src/simulator/http.ts'
import { ROOT } from '../../scripts/workers.ts'
import { type Postern, WITH_DESTINATIONS, startPostern } from '../e2e/postern.ts'
import { run } from '../cli/run.ts'

/** Values for the placeholders. */
const PLACES: Readonly<Record<string, string>> = {
  SOURCE: 'shop',
  SLOT: 'hmac',
  NAME: 'app',
  ID: '0123456789',
  ADDRESS: 'ada@example.com',
  '…': 'mended',
}

const commands = [
  ...(await readFile(`${ROOT}docs/emergencies.md`, 'utf8')).matchAll(/`npx postern ([^`]+)`/g),
]
  .map(([, command = '']) => command.replace(/ > .*/, ''))
  // A file is made by an earlier backup, and README tests that.
  .filter((command) => !command.includes('FILE'))

let postern: Postern
let token: string
beforeAll(async () => {
  postern = await startPostern(WITH_DESTINATIONS)
  await postern.source('generic', 'shop')
  const destination = {
    url: 'http://127.0.0.1:9/',
    secrets: { signing_secret: `whsec_${btoa('k'.repeat(32))}` },
  }
  expect((await postern.console.put('/api/destinations/app', destination)).status).toBe(201)
  const made = await postern.console.post('/api/tokens', { name: 'test', role: 'admin', expires_in_days: 1 })
  token = (jsonOf(made) as { token: string }).token
})
afterAll(() => postern.runtime.close())

it.each(commands)('%s', async (command) => {
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain)
  const { code, complaints } = await run(
    words.map((word) => PLACES[word] ?? word),
    '',
    { POSTERN_URL: postern.runtime.url('console').origin, POSTERN_TOKEN: token },
    { person: { readsKeys: true, showsNotes: true, ask: async () => 'y' } },
  )
  // 1 is a no: there is no token, event or dead letter of that id here, and an example endpoint that does not answer.
  expect({ complaints, isRun: code === 0 || code === 1 }).toEqual({ complaints, isRun: true })
})
