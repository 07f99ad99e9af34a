/** A whole assessment: recognize, probe, remove. */
import { randomInt } from 'node:crypto'
import type { Assessment } from '../../api/assessments.ts'
import { toInstant } from '../../platform/time.ts'
import { type Connection, accessHeadersOf, consoleUrl, findConnection } from '../connection/find.ts'
import { type Api, apiAt } from '../connection/api.ts'
import { readLogins } from '../connection/config-file.ts'
import type { Io } from '../command.ts'
import { isLoopback } from '../../simulator/post.ts'
import { Stop } from '../stop.ts'
import { type Outgoing, exchange } from './http.ts'
import { pace } from './pace.ts'
import type { Probe } from './probe.ts'
import { recognize } from './recognize.ts'
import { type Available, type Results, runProbes } from './run.ts'
import { type Temporary, temporary } from './temporary.ts'

/** No request begins later. The last one and the removal have two minutes. */
const TIME_MS = 8 * 60_000
/** A wait is left within so long after Ctrl-C. */
const NAP_MS = 250

/** The client address that is sent where no edge sets one. It is random, of the range for benchmarks (RFC 2544): no run limits the next. */
const localClient = (): string => `198.19.${randomInt(128, 192)}.${randomInt(1, 255)}`

const NEVER = new AbortController().signal

export interface Assessed {
  readonly report: Assessment
  /** Of the console; undefined without a token. */
  readonly api: Api | undefined
}

export interface Wanted {
  readonly gateway: URL
  /** URL of the console, if the person named it. */
  readonly console: string | undefined
  readonly probes: readonly Probe[]
}

/** @throws {Stop} if no Postern gateway answers there, or the person ended it */
export async function assess(
  { gateway, console: named, probes }: Wanted,
  io: Io,
  onProbe: (done: number) => void,
): Promise<Assessed> {
  const startedMs = io.nowMs()
  const ended = io.endedByPerson()
  const mayGoOn = () => {
    if (ended.aborted) throw new Stop('interrupted', 'interrupted', 'The assessment was ended.')
    if (io.nowMs() - startedMs > TIME_MS)
      throw new Stop('failed', 'out_of_time', 'There was no time left for it.')
  }
  const paced = pace(io)
  const client = localClient()
  const turn = async () => {
    mayGoOn()
    await paced.turn()
    mayGoOn()
  }
  let found: Found = { missing: '' }
  const isConsole = ({ origin }: URL): boolean => 'url' in found && found.url.origin === origin
  const headersFor = (base: URL) => ({
    // On this machine no edge says where a request comes from.
    ...(isLoopback(base) && { 'cf-connecting-ip': client }),
    ...(isConsole(base) && 'url' in found && found.passing),
  })
  const exchanged = async (base: URL, outgoing: Outgoing, until: AbortSignal) => {
    await turn()
    return exchange(base, { ...outgoing, headers: { ...outgoing.headers, ...headersFor(base) } }, until)
  }
  const send = async (base: URL, outgoing: Outgoing = {}) => {
    const answer = await exchanged(base, outgoing, ended)
    mayGoOn()
    if (answer.status === 0 && isConsole(base))
      throw new Stop('denied', 'not_reached', `The console at ${base.origin} did not answer.`)
    return answer
  }
  const world = {
    gateway,
    nowMs: io.nowMs,
    turn,
    send,
    async sleep(ms: number) {
      for (let leftMs = ms; leftMs > 0; leftMs -= NAP_MS) {
        mayGoOn()
        await io.sleep(Math.min(leftMs, NAP_MS))
      }
    },
  }
  recognize(gateway, await send(gateway))

  found = await consoleOf(named, gateway, io)
  const api = 'token' in found ? apiAt(found.url, found.token, found.passing, paced.turn) : undefined
  const kept = api && temporary(api, io)
  const deliverTo = (things: Temporary) => async (delivery: Outgoing) => {
    // Not ended by Ctrl-C: its answer says what has to be removed.
    const answer = await exchanged(gateway, delivery, NEVER)
    things.noteReceipt(delivery.path, answer)
    mayGoOn()
    return answer
  }
  const available: Available = {
    world: {
      ...world,
      ...('url' in found && { console: found.url }),
      ...('token' in found && { api: apiAt(found.url, found.token, found.passing, turn) }),
      ...(kept !== undefined && { source: kept.source, token: kept.token, deliver: deliverTo(kept) }),
    },
    missing: {
      nothing: null,
      console: 'url' in found ? null : found.missing,
      token: 'token' in found ? null : found.missing,
    },
  }
  let results: Results
  let leftBehind: readonly string[] = []
  try {
    results = await runProbes(probes, available, onProbe)
  } finally {
    leftBehind = (await kept?.remove()) ?? []
    for (const line of leftBehind) io.terminal.note(line)
  }
  const report: Assessment = {
    version: 1,
    gateway: gateway.origin,
    console: available.world.console?.origin ?? null,
    started_at: toInstant(startedMs),
    seconds: Math.round((io.nowMs() - startedMs) / 1_000),
    requests: paced.turns(),
    findings: [...results.findings],
    probes: [...results.probes],
    left_behind: [...leftBehind],
  }
  return { report, api }
}

type Found =
  | { readonly missing: string }
  | (Pick<Connection, 'url' | 'passing'> & { readonly missing: string })
  | Connection

/** The console of this gateway, with a token if there is one. A console of this machine is no guess for a gateway elsewhere. */
async function consoleOf(named: string | undefined, gateway: URL, io: Io): Promise<Found> {
  const { environment } = io
  const text = named ?? (environment['POSTERN_URL'] || (await readLogins(environment)).current)
  if (!text && !isLoopback(gateway)) return { missing: 'No console is known: name it with --url, or log in.' }
  try {
    return await findConnection(text ?? undefined, io)
  } catch (cause) {
    if (!(cause instanceof Stop) || cause.code !== 'no_token' || !text) throw cause
    const url = consoleUrl(text)
    return { url, passing: accessHeadersOf(url, environment), missing: cause.message }
  }
}
