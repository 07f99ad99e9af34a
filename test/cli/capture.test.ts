/** `postern capture` with the real Workers: a refused delivery becomes a file that `postern verify` explains. */
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonOf } from '../../src/simulator/http.ts'
import { type Postern, type TestSource, nowSeconds, simulated, startPostern, until } from '../e2e/postern.ts'
import { run } from './run.ts'

let postern: Postern
let shop: TestSource
let folder: string
let reach: Record<string, string>
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'postern-cli-capture-'))
  postern = await startPostern()
  reach = { POSTERN_URL: postern.runtime.url('console').href, POSTERN_TOKEN: postern.secrets.ADMIN_TOKEN }
  shop = await postern.source('generic', 'shop')
}, 120_000)
afterAll(async () => {
  await postern.runtime.close()
  await rm(folder, { recursive: true })
})

const cli = (...args: string[]) => run(args, '', reach)

const kept = async () =>
  jsonOf(await postern.console.get('/api/sources/shop/capture')) as Record<string, unknown>

/** A delivery with one byte more than was signed. */
async function deliverForged(): Promise<void> {
  const request = await shop.account.deliver([simulated()], nowSeconds())
  const { status } = await shop.deliver({ ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) })
  expect(status).toBe(401)
}

describe('postern capture', () => {
  it('writes each refused delivery to a file that verify judges, and turns itself off on Ctrl-C', async () => {
    const person = new AbortController()
    const out = path.join(folder, 'captured')
    const captured = run(['capture', 'shop', '--for', '10m', '--out', out], '', reach, {
      endedByPerson: () => person.signal,
      sleep: () => sleep(100),
    })
    await until(async () => (await kept())['capturing'] === true)
    const files = () => readdir(out).catch(() => [])
    await until(async () => {
      await deliverForged()
      return (await files()).length > 0
    })
    expect(await postern.console.get('/api/refusals').then(({ status }) => status)).toBe(200)
    person.abort()
    const { code, out: said, complaints } = await captured
    expect({ code, complaints }).toMatchObject({
      code: 0,
      complaints: expect.stringContaining('can hold real secrets'),
    })
    expect(await kept()).toMatchObject({ capturing: false, captured: [] })

    const [name = ''] = await files()
    const file = path.join(out, name)
    expect(said).toContain(`${file}  signature_mismatch\n  npx postern verify ${file} --source shop`)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const { secrets } = shop.account.document
    const [document, slots] = [path.join(folder, 'shop.json'), path.join(folder, 'secrets.json')]
    await writeFile(document, JSON.stringify(shop.account.document))
    await writeFile(slots, JSON.stringify(secrets))
    const judged = await cli('verify', file, '--source', document)
    expect(judged).toMatchObject({ code: 1, out: expect.stringContaining('signature_mismatch') })
    expect(judged.out).toContain('probably:')
    // By name: the settings come from the console, the secrets from a file or the person.
    expect(await cli('verify', file, '--source', 'shop', '--secrets', slots)).toEqual(judged)
    const asked: string[] = []
    const typed = await run(['verify', file, '--source', 'shop'], '', reach, {
      person: {
        readsKeys: true,
        askHidden: async (question) => {
          asked.push(question)
          return (secrets as { hmac: string }).hmac
        },
      },
    })
    expect(typed).toEqual(judged)
    expect(asked).toEqual(['hmac of shop, empty to leave it out: '])
    expect(await cli('verify', file, '--source', 'shop')).toMatchObject({
      code: 2,
      complaints: expect.stringContaining('--secrets FILE'),
    })
    expect(await cli('verify', file, '--source', 'nobody')).toMatchObject({ code: 1 })
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ esp: 'generic' })
  }, 60_000)

  it('ends with its time, and with --off', async () => {
    const timed = await run(['capture', 'shop', '--for', '1s', '--json'], '', reach, {
      sleep: () => sleep(100),
    })
    expect(timed).toMatchObject({ code: 0, out: '' })
    await postern.console.put('/api/sources/shop/capture', {})
    expect(await kept()).toMatchObject({ capturing: true })
    expect(await cli('capture', 'shop', '--off')).toMatchObject({
      code: 0,
      out: 'Nothing of shop is captured any more. Deleted from Postern: 0 deliveries.\n',
    })
    expect(await kept()).toMatchObject({ capturing: false })
  })

  it.each([
    [['capture', 'nobody'], 1],
    [['capture', 'shop', '--for', '2h'], 2],
    [['capture', 'shop', '--for', '0s'], 2],
    [['capture', 'shop', '--for', 'soon'], 2],
    [['capture'], 2],
  ])('%j ends with %i', async (args, code) => {
    expect((await cli(...args)).code).toBe(code)
  })
})
