/** An assessment as a whole: whom it asks, how fast, how long, and what its command prints. */
import { describe, expect, it } from 'vitest'
import { OUTSIDE } from '../../../src/cli/assess/outside.ts'
import type { Probe, World } from '../../../src/cli/assess/probe.ts'
import { Stop } from '../../../src/cli/stop.ts'
import { run } from '../run.ts'
import { type Weakness, json } from './planted.ts'
import { assessed, withPlantable } from './world.ts'

const installation = withPlantable()

const probe = (examine: (world: World) => Promise<unknown>): Probe => ({
  id: 'test',
  title: 'Title.',
  severity: 'low',
  remedy: 'Remedy.',
  async *run(world) {
    await examine(world)
    yield* []
  },
})

describe('what is no gateway', () => {
  it.each<readonly [string, Weakness]>([
    ['a page', () => ({ status: 200, headers: {}, body: '<html>' })],
    ['another 404', () => ({ status: 404, headers: { 'x-request-id': 'a' }, body: 'no' })],
    [
      'an id of something else',
      () => ({ ...json(404, { request_id: 'b' }), headers: { 'x-request-id': 'a' } }),
    ],
    ['a redirect', () => ({ status: 302, headers: { location: 'https://a.example/login' }, body: '' })],
  ])('is told by one request: %s', async (_what, answer) => {
    let asked = 0
    installation.gateway.plant((...given) => {
      asked++
      return answer(...given)
    })
    await expect(assessed(OUTSIDE, installation)).rejects.toThrow(/is no Postern gateway/)
    expect(asked).toBe(1)
  })

  it('is a console, which it says', async () => {
    const wanted = { gateway: installation.console.url }
    await expect(assessed(OUTSIDE, installation, wanted)).rejects.toMatchObject({ code: 'is_console' })
  })

  it('is where nobody listens', async () => {
    const wanted = { gateway: new URL('http://127.0.0.1:1') }
    await expect(assessed(OUTSIDE, installation, wanted)).rejects.toMatchObject({ code: 'not_reached' })
  })
})

describe('an assessment', () => {
  it('does without a token what needs none', async () => {
    const { probes, console, findings } = await assessed(OUTSIDE, installation, {
      console: 'https://127.0.0.1:1',
      io: { environment: { POSTERN_CONFIG: '/nonexistent' } },
    })
    expect({ console, findings }).toEqual({ console: 'https://127.0.0.1:1', findings: [] })
    expect(probes.map(({ id, reason }) => [id, reason])).toEqual([
      ['transport', 'It is this machine, which nothing lies between.'],
      ['methods-and-paths', null],
      ['forged', expect.stringMatching(/There is no token/)],
      ['unknown-token', expect.stringMatching(/The console at .* did not answer/)],
      ['session', expect.stringMatching(/There is no token/)],
      ['headers', expect.stringMatching(/The console at .* did not answer/)],
    ])
  })

  it('ends with Ctrl-C, and sends nothing more', async () => {
    const person = new AbortController()
    const paths: string[] = []
    installation.gateway.plant(({ path }, forward) => {
      paths.push(path)
      return forward()
    })
    const waiting = probe(async ({ send, gateway }) => {
      person.abort()
      await send(gateway, '/health')
    })
    const ran = assessed([waiting], installation, { io: { endedByPerson: () => person.signal } })
    await expect(ran).rejects.toMatchObject({ exit: 'interrupted' })
    expect(paths).toEqual(['/'])
  })

  it('leaves out what it has no time for', async () => {
    let nowMs = 0
    const slow = probe(async ({ turn }) => {
      nowMs += 700_000
      await turn()
    })
    const { probes } = await assessed([slow, probe(({ turn }) => turn())], installation, {
      io: { nowMs: () => nowMs },
    })
    expect(probes.map(({ reason }) => reason)).toEqual([
      'There was no time left for it.',
      'There was no time left for it.',
    ])
  })

  it('hides nothing behind a probe that cannot be done', async () => {
    const refused = probe(() => Promise.reject(new Stop('no', 'x', 'Not today.')))
    const { probes } = await assessed([refused, probe(async () => undefined)], installation)
    expect(probes.map(({ outcome }) => outcome)).toEqual(['not_done', 'passed'])
  })

  it('waits a tenth of a second before each request', async () => {
    const waits: number[] = []
    const { requests } = await assessed(OUTSIDE, installation, {
      io: { sleep: async (ms) => void waits.push(ms) },
    })
    expect(waits).toHaveLength(requests)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(100)
  })
})

describe('postern assess', () => {
  const command = (...args: readonly string[]) =>
    run(['assess', installation.gateway.url.origin, '--url', installation.console.url.origin, ...args], '', {
      POSTERN_TOKEN: installation.postern.secrets.ADMIN_TOKEN,
    })

  it('prints a table of the probes, then findings with what to do, and exits with 1', async () => {
    const { code, out } = await command()
    expect(out).toMatch(/^ID +RESULT +RULE/)
    expect(out).toMatch(/\nno-channel +high +Somebody is told/)
    expect(out).toMatch(/\ntransport +not done +It is this machine/)
    expect(out).toMatch(/\nhigh no-channel: None of 0 channels sends, .+\n {2}→ Add a channel/)
    expect(out).toMatch(/\n11 of 12 probes done, with \d+ requests in \d+ s\. Findings: 3\.\n$/)
    expect(code).toBe(1)
  })

  it.each<readonly [args: string[], code: number, found: number]>([
    [['--json', '--fail-on', 'high'], 1, 3],
    [['--json', '--fail-on', 'critical'], 0, 3],
    [['--json', '--fail-on', 'never'], 0, 3],
    [['--json', '--skip', 'no-channel,endless-tokens'], 0, 1],
  ])('exits as %j ask for', async (args, code, found) => {
    const ran = await command(...args)
    expect(JSON.parse(ran.out)).toMatchObject({ version: 2, gateway: installation.gateway.url.origin })
    expect((JSON.parse(ran.out) as { findings: unknown[] }).findings).toHaveLength(found)
    expect(ran.code).toBe(code)
  })

  it('names the probes if --skip names none of them', async () => {
    const { code, complaints } = await command('--skip', 'forget')
    expect(complaints).toMatch(/--skip takes some of these: .*forged/)
    expect(code).toBe(2)
  })
})
