/** Drills through all three Workers: the watch knows what is usual, an attack becomes an incident, and Slack hears of it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/workers.ts'
import { DRILL_ESP } from '../../src/simulator/client-address.ts'
import { seedFigures } from '../../scripts/local/seed-figures.ts'
import { type SeededWatchers, seedPast } from '../../src/simulator/demo/past/seed.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { Stage } from '../../src/simulator/stage.ts'
import { run } from '../cli/run.ts'
import { MovedClock } from '../../scripts/local/moved-clock.ts'
import { freePorts } from './free-ports.ts'
import { type Postern, WITH_DESTINATIONS, startPostern, untilWatched } from './postern.ts'

/** Drills that are played at once, each at a source of its own. */
const PLAYED = [
  ['bounce_share', 'drill-shop', 'sendgrid'],
  ['brute_force', 'drill-forum', 'generic'],
  ['token_reuse', 'drill-news', 'mailgun'],
  ['payload', 'drill-bills', 'resend'],
  ['replay', 'drill-mail', 'generic'],
  ['address', 'drill-lists', 'generic'],
  ['complaint_share', 'drill-feed', 'sendgrid'],
  ['drift', 'drill-notes', 'mailersend'],
] as const

const PATIENCE_MS = 300_000

const clock = new MovedClock()
let postern: Postern
let slack: Server
let folder: string
const messages: string[] = []

beforeAll(async () => {
  const [port = 0] = await freePorts(1)
  postern = await startPostern({
    ...WITH_DESTINATIONS,
    clock,
    entries: { consumer: path.join(ROOT, 'scripts/local/entries/consumer.ts') },
    ports: { gateway: port, console: 0 },
    bindings: { ...WITH_DESTINATIONS.bindings, GATEWAY_URL: `http://127.0.0.1:${port}` },
  })
  slack = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      messages.push((JSON.parse(Buffer.concat(parts).toString()) as { text: string }).text)
      response.end('ok')
    })
  })
  await new Promise<void>((resolve) => slack.listen(0, '127.0.0.1', resolve))
  folder = await mkdtemp(path.join(tmpdir(), 'postern-'))
  const stages: Stage[] = []
  for (const [, name, provider] of PLAYED) {
    // One is new and has no secret, as docs/drills.md makes it.
    if (name === 'drill-forum') await postern.console.put(`/api/sources/${name}`, { provider, drill: true })
    else await postern.source(provider, name, { drill: true })
    const sender = senderNamed(provider)
    if (sender !== undefined) stages.push(await Stage.open(name, 'http://localhost:1/', DRILL_ESP, sender))
  }
  const { SOURCE_WATCHERS, STORE } = await postern.runtime.bindings<{
    SOURCE_WATCHERS: SeededWatchers
    STORE: D1Database
  }>('consumer')
  // So little that minutes without mail are no silence.
  const perSecond = 0.02
  const seedWatchers = await seedPast({
    console: postern.console,
    watchers: SOURCE_WATCHERS,
    putFigures: seedFigures(STORE),
    stages,
    perSecond,
    attackEverySeconds: 3_600,
    notesPath: path.join(folder, 'past.json'),
    // Deliveries of a drill in the present minute count.
    nowMs: clock.nowMs() - 60_000,
  })
  await seedWatchers()
}, PATIENCE_MS)
afterAll(async () => {
  slack.close()
  await postern.runtime.close()
  await rm(folder, { recursive: true, force: true })
})

const postern_ = (...args: string[]) =>
  run(args, '', postern.reach, {
    sleep: (ms) => clock.forward(ms),
    nowMs: () => clock.nowMs(),
  })

interface Incident {
  readonly number: number
  readonly kind: string
  readonly severity: string
  readonly headline: string
  readonly findings: readonly { readonly kind: string; readonly example: string | null }[]
}

const incidentsOf = async (source: string): Promise<readonly Incident[]> => {
  const { out } = await postern_('incidents', 'list', '--source', source, '--json')
  return (JSON.parse(out) as { incidents: readonly Incident[] }).incidents
}

describe('postern drill', () => {
  it.each([
    ['a kind that no request causes', 1, ['secret_due', '--source', 'drill-shop'], 'takes days'],
    ['an unknown kind', 2, ['nothing', '--source', 'drill-shop'], 'drill kinds'],
    [
      'more than one network of a deployment',
      1,
      ['brute_force_spread', '--source', 'drill-shop'],
      'one network',
    ],
    ['an ESP without such a token', 1, ['token_reuse', '--source', 'drill-shop'], 'mailgun'],
    ['a source of production', 2, ['brute_force', '--source', 'shop'], '--yes'],
    [
      'what a source of production has to sign',
      1,
      ['surge', '--source', 'shop', '--yes'],
      'hands out no secret',
    ],
    [
      'what a source of production has to sign, also if it is called like one for drills',
      1,
      ['surge', '--source', 'drill-real', '--yes'],
      'with the setting "drill": true',
    ],
    [
      'minutes of what takes hours',
      2,
      ['brute_force_slow', '--source', 'drill-shop', '--minutes', '3'],
      'its own time',
    ],
    ['what only an edge knows', 1, ['brute_force_slow', '--source', 'drill-shop'], 'edge of Cloudflare'],
    ['too many requests', 2, ['surge', '--source', 'drill-shop', '--minutes', '30'], 'fewer --minutes'],
  ])('refuses %s before it sends anything', async (_, code, args, words) => {
    if ((await postern.console.get('/api/sources/shop')).status === 404)
      for (const name of ['shop', 'drill-real']) await postern.source('generic', name)
    const ran = await postern_('drill', 'attack', ...args)
    expect([ran.code, ran.complaints]).toEqual([code, expect.stringContaining(words)])
    expect(ran.complaints).not.toContain('Drill ')
  })

  it(
    'opens one incident of each kind, and Slack hears that one fires and is resolved',
    async () => {
      const channel = {
        kind: 'slack',
        sources: ['drill-shop'],
        minimum_severity: 'warning',
        grouping_seconds: 0,
        secrets: { webhook_url: `http://127.0.0.1:${(slack.address() as AddressInfo).port}/services/T/B/x` },
      }
      expect((await postern.console.put('/api/channels/ops', channel)).status).toBe(201)
      const ran = await Promise.all(
        PLAYED.map(([kind, source]) => postern_('drill', 'attack', kind, '--source', source)),
      )
      for (const [i, [kind, source]] of PLAYED.entries()) {
        expect([kind, ran[i]?.code, ran[i]?.complaints]).toEqual([
          kind,
          0,
          expect.stringContaining(`Drill ${kind} at ${source}`),
        ])
        const found = await incidentsOf(source)
        // The drill may be a surge as well, where little is usual.
        expect([source, found.filter((one) => one.kind === kind)]).toEqual([source, [expect.anything()]])
      }
      const { out } = await postern_('refusals', 'list', '--source', 'drill-forum', '--json')
      const { refusals } = JSON.parse(out) as { refusals: { probe: boolean }[] }
      expect(refusals.length).toBeGreaterThan(0)
      expect(refusals.every(({ probe }) => probe)).toBe(true)
      const [drift] = (await incidentsOf('drill-notes')).filter(({ kind }) => kind === 'drift')
      const example = drift?.findings.find(({ kind }) => kind === 'drift')?.example ?? ''
      expect(drift).toMatchObject({
        severity: 'error',
        headline: expect.stringMatching(/^MailerSend: \d+ of \d+ items/),
      })
      expect(JSON.parse(example)).toMatchObject({
        activity: { to: { address: expect.stringMatching(/^text\(\d+\)$/) } },
      })
      expect(example).not.toMatch(/drill|example|hard/)
      const told = () => messages.filter((text) => text.includes('bounces are'))
      await untilWatched(clock, async () => told().length > 0)
      const [incident] = (await incidentsOf('drill-shop')).filter(({ kind }) => kind === 'bounce_share')
      expect((await postern_('incidents', 'resolve', String(incident?.number))).code).toBe(0)
      await untilWatched(clock, async () => told().length > 1)
      expect(told()).toEqual([
        expect.stringMatching(/^Firing.* bounces are .* of outcomes/),
        expect.stringMatching(/^Resolved/),
      ])
      const again = await postern_('drill', 'attack', 'bounce_share', '--source', 'drill-shop')
      expect([again.code, again.complaints]).toEqual([1, expect.stringContaining('has not ended')])
    },
    PATIENCE_MS,
  )
})
