/** `npm start`: all three Workers on this machine, demo sources, a simulator that sends to them, and a receiver of the events. */
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Request, Response } from 'miniflare'
import { type Console, consoleAt } from '../src/simulator/console.ts'
import { localSecrets } from './local/dev-vars.ts'
import { sampler } from './local/samples.ts'
import { logFile } from './local/log-file.ts'
import { logPrinter } from './local/log-printer.ts'
import { network, outboundFor } from './local/served-urls.ts'
import { portIsFree } from './local/ports.ts'
import { seedFigures } from './local/seed-figures.ts'
import { type LocalRuntime, startRuntime } from './local/runtime.ts'
import { settle } from './local/stop.ts'
import { lockState, unlockState } from './local/state-lock.ts'
import { SettingError, type StartSettings, startSettings } from './settings.ts'
import { busynessAt } from '../src/simulator/busyness.ts'
import { type DemoEsps, ESPS_FILE, startEsps } from '../src/simulator/demo/esps.ts'
import { DEMO_DESTINATION, putDemoDestination } from '../src/simulator/demo/destination.ts'
import { type DemoReceiver, startReceiver } from '../src/simulator/demo/receiver.ts'
import { ResendApi } from '../src/simulator/demo/resend-api.ts'
import { type Demo, putDemoSources } from '../src/simulator/demo/sources.ts'
import { type SeededWatchers, seedPast } from '../src/simulator/demo/past/seed.ts'
import { sendUnreadable } from '../src/simulator/demo/unreadable.ts'
import { playEmailService } from '../src/simulator/email-service.ts'
import { type Play, play } from '../src/simulator/play.ts'
import { ROOT } from './workers.ts'
import { MINUTE_MS } from '../src/platform/time.ts'

/** Seconds from one attack at a demo source to the next. Of four kinds, no hour holds enough to page somebody. */
const ATTACK_EVERY_SECONDS = 240

/** Events of Cloudflare's Email Service for each delivery of all the others. */
const QUEUE_SHARE = 0.2

/** Shares of the requests that the receiver fails, and that it answers slowly. */
const FAIL_SHARE = 0.08
const SLOW_SHARE = 0.05

/** How long requests and queues may take at the end. A second Ctrl-C does not wait. */
const LAST_MS = 60_000

async function start(settings: StartSettings, { before }: Ending): Promise<void> {
  const { port, consolePort, stateDir, verbose } = settings
  await needPort('PORT', port)
  await needPort('CONSOLE_PORT', consolePort)
  await mkdir(stateDir, { recursive: true })
  const held = await lockState(stateDir, process.pid)
  if (held !== undefined)
    throw new SettingError(
      `Another npm start (process ${held.pid}) uses ${stateDir}: stop it, or set STATE_DIR to another folder.`,
    )
  before(() => unlockState(stateDir))
  const secrets = await localSecrets(join(ROOT, '.dev.vars'), process.env)
  if (secrets.made.length > 0) say(`Made ${secrets.made.join(' and ')}, kept in .dev.vars.`)

  const gatewayUrl = `http://localhost:${port}`
  const consoleUrl = `http://localhost:${consolePort}`
  const attack = `npx postern drill attack brute_force --source demo-sendgrid --url ${consoleUrl}`
  const certificates = new Map<string, string>()
  const print = logPrinter(verbose)
  const log = logFile(stateDir, Date.now)
  before(log.close)
  // As long as events are sent, somebody receives them.
  const receiver = settings.demo ? await startDemoReceiver(verbose) : undefined
  if (receiver !== undefined) before(receiver.hangUp)
  const espApi = new ResendApi(gatewayUrl)
  const stopToken = randomBytes(16).toString('hex')
  const runtime = await startRuntime({
    ports: { gateway: port, console: consolePort },
    stateDir,
    bindings: {
      ...secrets.others,
      ...secrets.values,
      GATEWAY_URL: gatewayUrl,
      CONSOLE_URL: consoleUrl,
      ...(settings.demo && { DEMO_ATTACK: attack }),
      // Who tries the archive waits no hour for its first file.
      ARCHIVE_MINUTES: '2',
      // The applications of a developer are on this machine.
      PRIVATE_DESTINATIONS: 'allowed',
      LOCAL_STOP_TOKEN: stopToken,
    },
    onLog(line) {
      print(line)
      log.write(line)
    },
    outbound: outboundFor(certificates, (request) => answered(espApi, request)),
    samples: sampler(certificates, () => Math.floor(Date.now() / 1_000)),
    entries: {
      gateway: join(ROOT, 'scripts/local/entries/gateway.ts'),
      consumer: join(ROOT, 'scripts/local/entries/consumer.ts'),
    },
  })
  before(runtime.close)
  // Lists of addresses go on each minute.
  const minutes = setInterval(() => void runtime.minute().catch(() => undefined), MINUTE_MS)
  before(() => clearInterval(minutes))
  // A runtime that has ended has nothing left to write.
  before(() => settle(runtime, stopToken, LAST_MS).catch(() => false))

  const adminToken = secrets.values['ADMIN_TOKEN'] ?? ''
  const sayReady = (): void => {
    say(`Postern is ready: gateway ${gatewayUrl} · console ${consoleUrl} · admin token ${adminToken}`)
    say(`Log in at ${consoleUrl} with the admin token.`)
    if (settings.demo) say(`After two minutes, try an attack: ${attack}`)
  }
  if (receiver === undefined) return sayReady()
  const console = consoleAt(runtime.url('console'), adminToken)
  const notesPath = join(stateDir, 'demo-destinations.json')
  const receiving = await putDemoDestination({ console, ...receiver, notesPath })
  const demo = await putDemoSources({
    console,
    gatewayUrl,
    notesPath: join(stateDir, 'demo-sources.json'),
    apiKeys: new Map([[espApi.source, espApi.key]]),
  })
  for (const { account, forger } of demo.stages)
    for (const { serves = {} } of [account, forger])
      for (const [url, text] of Object.entries(serves)) certificates.set(url, text)
  reportDemo(demo, receiving)
  sayReady()
  const esps = await startEsps({
    stages: demo.stages,
    notePath: join(stateDir, ESPS_FILE),
    api: espApi,
    nowMs: Date.now,
  })
  before(esps.stop)
  const seedWatchers = await seedDemo(runtime, console, demo, settings)
  before(playDemo(demo, esps, espApi, settings).stop)
  before(playQueue(runtime, settings).stop)
  await sendUnreadable(demo.stages, Math.floor(Date.now() / 1_000))
  // Beside the play: a minute without mail would be a silence.
  await seedWatchers()
}

/** Answers as the demo's account at an ESP, and lets the network answer for all else. */
async function answered(api: ResendApi, request: Request): Promise<Response> {
  const own = await api.answer(request)
  return own === undefined ? network(request) : Response.json(own[1], { status: own[0] })
}

/** At the first start: a past, so that the watch knows what is usual and recognizes attacks within minutes. */
async function seedDemo(
  runtime: LocalRuntime,
  console: Console,
  { stages }: Demo,
  { stateDir, pace }: StartSettings,
): Promise<() => Promise<void>> {
  const { SOURCE_WATCHERS, STORE } = await runtime.bindings<{
    SOURCE_WATCHERS: SeededWatchers
    STORE: D1Database
  }>('consumer')
  return seedPast({
    console,
    watchers: SOURCE_WATCHERS,
    putFigures: seedFigures(STORE),
    stages,
    perSecond: pace,
    attackEverySeconds: ATTACK_EVERY_SECONDS,
    notesPath: join(stateDir, 'demo-past.json'),
    nowMs: Date.now(),
  })
}

const playDemo = (
  { stages }: Demo,
  { isPaused }: DemoEsps,
  espApi: ResendApi,
  { pace, verbose }: StartSettings,
): Play =>
  play(stages, {
    isPaused,
    isSent: (source, request) => espApi.isSent(source, request),
    perSecondAt: (nowMs) => pace * busynessAt(nowMs / MINUTE_MS),
    attackEverySeconds: ATTACK_EVERY_SECONDS,
    random: Math.random,
    nowMs: Date.now,
    onDelivery: ({ source, events, attackTraffic, status }) => {
      if (verbose)
        say(
          `${source}  ${attackTraffic ?? `${events} event${events === 1 ? '' : 's'}`} → ${status ?? 'no answer'}`,
        )
    },
  })

/** Cloudflare's Email Service, which sends its events by the queue. */
const playQueue = ({ emailService }: LocalRuntime, { pace }: StartSettings): Play =>
  playEmailService({
    perSecond: pace * QUEUE_SHARE,
    random: Math.random,
    nowMs: Date.now,
    publish: emailService,
  })

/** The application of the demo. */
async function startDemoReceiver(verbose: boolean): Promise<DemoReceiver & { readonly secret: string }> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  const receiver = await startReceiver({
    secret,
    random: Math.random,
    failShare: FAIL_SHARE,
    slowShare: SLOW_SHARE,
    onRequest: ({ status, eventIds }) => {
      if (verbose) say(`${DEMO_DESTINATION}  ${eventIds.join(' ')} ← ${status}`)
    },
  })
  return { ...receiver, secret }
}

function reportDemo({ stages, leftAlone }: Demo, receiving: boolean): void {
  if (stages.length > 0)
    say(`Simulated mail for ${stages.map(({ name }) => name).join(', ')}; DEMO=0 starts without.`)
  say(
    'Mail of the source cloudflare-email comes by a queue, as from Cloudflare’s Email Service: nobody set it up.',
  )
  if (receiving)
    say(`A receiver that fails now and then, and accepts at the next try: destination ${DEMO_DESTINATION}.`)
  const changed = [...leftAlone, ...(receiving ? [] : [DEMO_DESTINATION])]
  if (changed.length > 0) say(`Changed since, so left alone: ${changed.join(', ')}.`)
}

async function needPort(variable: string, port: number): Promise<void> {
  if (await portIsFree(port)) return
  throw new SettingError(
    `Port ${port} is taken by another program: stop it, or set ${variable} to another port.`,
  )
}

interface Ending {
  /** Registers what is done at the end, before all that was registered earlier. */
  readonly before: (close: () => unknown) => void
  readonly begun: () => boolean
}

/**
 * On Ctrl-C or SIGTERM: the simulator and the gateway stop, what is queued is written (the local queue lives in memory), the Workers
 * end, exit 0. A second Ctrl-C does not wait.
 */
function endingOnce(): Ending {
  const closing: (() => unknown)[] = []
  let ending = false
  const end = async (): Promise<void> => {
    for (const close of closing.toReversed()) await close()
    process.exit(0)
  }
  const onSignal = (): void => {
    if (ending) process.exit(130)
    ending = true
    end().catch(fail)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal)
  return { begun: () => ending, before: (close) => void closing.push(close) }
}

function fail(cause: unknown): void {
  console.error(cause instanceof SettingError ? cause.message : cause)
  process.exit(1)
}

const say = (line: string): void => console.log(line)

const ending = endingOnce()
try {
  await start(startSettings(process.env), ending)
} catch (cause) {
  // An error of a start that is being stopped is of no interest.
  if (!ending.begun()) fail(cause)
}
