/** A whole assessment. A probe that cannot be done hides no other. */
import { randomInt } from 'node:crypto'
import { PROBE_HEADER } from '../../platform/probe-header.ts'
import { toInstant } from '../../platform/time.ts'
import { isLoopback } from '../../simulator/post.ts'
import type { Io } from '../command.ts'
import { apiAt } from '../connection/api.ts'
import { readLogins } from '../connection/config-file.ts'
import { type Connection, accessHeadersOf, consoleUrl, findConnection } from '../connection/find.ts'
import { Stop } from '../stop.ts'
import { type Answer, type Outgoing, type Probe, SEVERITIES, type Weakness, type World } from './probe.ts'

interface Finding extends Required<Omit<Weakness, 'subject'>> {
  readonly probe: string
  readonly title: string
  readonly subject: string | null
}

interface ProbeResult extends Pick<Probe, 'id' | 'title'> {
  readonly outcome: 'passed' | 'found' | 'not_done'
  /** Why it was not done; else null. */
  readonly reason: string | null
}

/** Report of an assessment, as `--json` prints it. It holds no secret and no address of a person. */
export interface Assessment {
  readonly version: 2
  readonly gateway: string
  readonly console: string | null
  readonly started_at: string
  readonly seconds: number
  readonly requests: number
  /** The worst first. */
  readonly findings: readonly Finding[]
  readonly probes: readonly ProbeResult[]
}

/** No request begins later. */
const TIME_MS = 8 * 60_000
/** Before each request: so ten a second are sent at most. */
const APART_MS = 101
const TIMEOUT_MS = 15_000

/** @throws {Stop} if no Postern gateway answers there, or the person ended it */
export async function assess(
  gateway: URL,
  named: string | undefined,
  probes: readonly Probe[],
  io: Io,
  onProbe: (done: number) => void,
): Promise<Assessment> {
  const startedMs = io.nowMs()
  const ended = io.endedByPerson()
  let requests = 0
  const turn = async () => {
    requests++
    await io.sleep(APART_MS)
    if (ended.aborted) throw new Stop('interrupted', 'interrupted', 'The assessment was ended.')
    if (io.nowMs() - startedMs > TIME_MS)
      throw new Stop('failed', 'out_of_time', 'There was no time left for it.')
  }
  const { url, token, passing, missing } = await consoleOf(named, gateway, io)
  /** Random, of the range for benchmarks (RFC 2544), so that no run limits the next: on this machine no edge says where a request comes from. */
  const client = { 'cf-connecting-ip': `198.19.${randomInt(128, 192)}.${randomInt(1, 255)}` }
  const send: World['send'] = async (base, path, outgoing = {}) => {
    await turn()
    const isConsole = base.origin === url?.origin
    const headers = { ...outgoing.headers, ...(isLoopback(base) && client), ...(isConsole && passing) }
    const answer = await exchange(new URL(base.origin + path), { ...outgoing, headers }, ended)
    if (answer.status === 0 && isConsole && !ended.aborted)
      throw new Stop('denied', 'not_reached', `The console at ${base.origin} did not answer.`)
    return answer
  }
  recognize(gateway, await send(gateway, '/'))

  const known = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Stop('denied', 'not_known', missing)
    return value
  }
  const world: World = {
    gateway,
    bases: url === undefined ? [gateway] : [gateway, url],
    console: () => known(url),
    api: () => apiAt(known(url), known(token), passing, turn),
    token: () => known(token),
    nowMs: io.nowMs,
    turn,
    send,
  }
  const findings: Finding[] = []
  const results: ProbeResult[] = []
  for (const { id, title, severity, remedy, run } of probes) {
    let outcome: ProbeResult['outcome'] = 'passed'
    let reason: string | null = null
    try {
      for await (const one of run(world)) {
        outcome = 'found'
        findings.push({ probe: id, subject: null, title, severity, remedy, ...one })
      }
    } catch (cause) {
      if (!(cause instanceof Stop) || cause.exit === 'interrupted') throw cause
      outcome = 'not_done'
      reason = cause.message
    }
    results.push({ id, title, outcome, reason })
    onProbe(results.length)
  }
  return {
    version: 2,
    gateway: gateway.origin,
    console: url?.origin ?? null,
    started_at: toInstant(startedMs),
    seconds: Math.round((io.nowMs() - startedMs) / 1_000),
    requests,
    findings: findings.toSorted((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity)),
    probes: results,
  }
}

async function exchange(url: URL, outgoing: Outgoing, ended: AbortSignal): Promise<Answer> {
  try {
    const answer = await fetch(url, {
      ...outgoing,
      headers: { 'user-agent': 'postern-assess', [PROBE_HEADER]: 'postern', ...outgoing.headers },
      redirect: 'manual',
      signal: AbortSignal.any([ended, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  } catch {
    return { status: 0, headers: new Headers(), text: '' }
  }
}

/** @param answer to `GET /`, where a gateway has nothing @throws {Stop} for anything else */
function recognize({ origin }: URL, { status, headers, text }: Answer): void {
  const id = headers.get('x-request-id')
  if (status === 404 && id !== null && text.includes(`"request_id":"${id}"`)) return
  if (status === 0) throw new Stop('denied', 'not_reached', `${origin} was not reached: is the URL right?`)
  if (id === null || headers.get('location')?.includes('/login') !== true)
    throw new Stop('no', 'not_postern', `What answers at ${origin} is no Postern gateway.`)
  const todo = 'Name the gateway, and the console with --url.'
  throw new Stop('usage', 'is_console', `${origin} is a Postern console. ${todo}`)
}

/** The console of this gateway, and the token for it, as far as they are there. `missing` says why the rest is not. */
type Found = Partial<Connection> & { readonly missing: string }

/** A console of this machine is no guess for a gateway elsewhere. */
async function consoleOf(named: string | undefined, gateway: URL, io: Io): Promise<Found> {
  const { environment } = io
  const text = named ?? (environment['POSTERN_URL'] || (await readLogins(environment)).current)
  if (!text && !isLoopback(gateway)) return { missing: 'No console is known: name it with --url, or log in.' }
  try {
    return { ...(await findConnection(text ?? undefined, io)), missing: '' }
  } catch (cause) {
    if (!(cause instanceof Stop) || cause.code !== 'no_token' || !text) throw cause
    const url = consoleUrl(text)
    return { url, passing: accessHeadersOf(url, environment), missing: cause.message }
  }
}
