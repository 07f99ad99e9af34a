/**
 * Records what this version stores: `npm run record:state` writes `test/fixtures/states/<version>/`, or the folder that is named.
 * `test/e2e/states.test.ts` opens the states of all versions. Takes up to three minutes, most of them for a minute to be watched.
 *
 *     state.gz                 the databases of all objects, the store and the buckets
 *     deployment.json.gz       when it was recorded, and the accounts at the simulated ESPs
 *     answers.json.gz          what each GET route answered
 *     messages.jsonl.gz        messages as they wait in the queue
 *     configuration.json.gz    what `postern export` printed
 *     backup.json.gz           a backup, as it is downloaded
 *
 * All are packed: `npm run conformance` takes each `.json` below `test/fixtures` for recorded deliveries.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { send } from '../src/simulator/http.ts'
import { refuseReleased } from './forms/recorded.ts'
import { answersOf } from './state/answers.ts'
import { checkpoint } from './state/checkpoint.ts'
import { exportedConfiguration } from './state/configuration.ts'
import { packFolder } from './state/container.ts'
import { startDeployment } from './state/deployment.ts'
import { emptyTables } from './state/empty-tables.ts'
import { endpointOfScene, leaveInQueue, makeScene, openAccounts, servedBy } from './state/scene.ts'
import { ROOT } from './workers.ts'

const { version } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as { version: string }
if (process.argv[2] === undefined) await refuseReleased(version)
const folder = process.argv[2] ?? join(ROOT, 'test/fixtures/states', version)
const stateDir = await mkdtemp(join(tmpdir(), 'postern-state-'))
const since = new Date().toISOString()
const accounts = await openAccounts()
const options = {
  stateDir,
  endpoint: endpointOfScene,
  served: servedBy([...accounts.values()].map(({ account }) => account)),
}

console.log('Making the state: two minutes, most of them for a minute to be watched.')
const making = await startDeployment(options)
try {
  await makeScene(making, accounts)
} finally {
  await making.runtime.close()
}

console.log('Leaving messages in the queue, and reading everything.')
const recording = await startDeployment({
  ...options,
  entries: { consumer: `${ROOT}scripts/state/recording-consumer.ts` },
})
try {
  const messageIds = await leaveInQueue(recording, accounts)
  // The first time, reading adds to the audit log.
  await answersOf(recording.console, since)
  const answers = await answersOf(recording.console, since)
  const backups = answers.filter(({ route }) => route === '/api/backups/{id}')
  const configuration = await exportedConfiguration(recording.url)
  const messages = await send(recording.runtime.url('consumer'), {
    method: 'GET',
    headers: {},
    body: new Uint8Array(),
  })
  await recording.runtime.close()

  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const write = (name: string, content: string | Uint8Array) =>
    writeFile(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }))
  await checkpoint(stateDir)
  const empty = await emptyTables(stateDir)
  if (empty.length > 0)
    throw new Error(`The scene makes no rows of ${empty.join(', ')}: scripts/state/scene.ts`)
  await writeFile(join(folder, 'state.gz'), await packFolder(stateDir))
  const opened = [...accounts].map(([name, { draws }]) => [name, draws])
  await write(
    'deployment.json',
    json({ version, recordedAt: since, messageIds, accounts: Object.fromEntries(opened) }),
  )
  await write('answers.json', json(answers))
  await write('messages.jsonl', messages.body)
  await write('configuration.json', configuration)
  await write('backup.json', json(backups.at(-1)?.json))
} finally {
  await recording.runtime.close()
  await rm(stateDir, { recursive: true, force: true })
}
console.log(`Recorded the state of version ${version} in ${folder}`)

function json(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}
