/** A source under steady load while its secret is rotated ten times, seen by an operator, a sender and an attacker. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Received, jsonOf, send } from '../../src/simulator/http.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { signGeneric } from '../support/generic.ts'
import { simulated, nowSeconds, withInstallation } from './postern.ts'

const postern = withInstallation()

const SOURCE = 'steady'
const GRACE_SECONDS = 2
const ROTATIONS = 10
const EMERGENCY = 6
/** After these versions the registry is evicted from memory. */
const DEATHS: ReadonlySet<number> = new Set([2, 5, 9])
/** Between one delivery of the sender and the next. */
const EVERY_MS = 20
/** As in `gateway/accept/sources.ts`. */
const RECHECK_MS = 1_000

/** One value of the secret, and when it must be accepted from the operator's view. */
interface Version {
  readonly version: number
  readonly value: string
  /** Once the answer had come that says so. */
  readonly activeMs: number
  /** By the registry's own word; until then it is accepted for certain, and from then on refused for certain. */
  untilMs: number
  /** When its emergency was asked for. From then until the answer, either verdict is right. */
  endAskedMs: number
  how: string
}

interface Delivered {
  readonly version: number
  readonly byThief: boolean
  readonly startedMs: number
  readonly endedMs: number
  readonly status: number
}

async function operator(path: string, body: unknown, reason?: string): Promise<Record<string, unknown>> {
  const answer = await send(new URL(path, postern.runtime.url('console')), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${postern.secrets.ADMIN_TOKEN}`,
      'content-type': 'application/json',
      ...(reason === undefined ? {} : { 'x-reason': reason }),
    },
    body: Buffer.from(JSON.stringify(body)),
  })
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body.toString()}`)
  return jsonOf(answer) as Record<string, unknown>
}

/** Acts like a person: opens the link, presses the button, copies the value. */
async function fetchValue(link: unknown): Promise<string> {
  const page = new URL((link as { url: string }).url)
  const here = new URL('/retrieve', postern.runtime.url('console'))
  const answer = await send(here, {
    method: 'POST',
    headers: { origin: here.origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(`link=${page.searchParams.get('link')}`),
  })
  const value = /<code class="whole" data-copy="secret">([A-Za-z0-9_-]{43})<\/code>/.exec(
    answer.body.toString(),
  )?.[1]
  if (value === undefined) throw new Error(`no value: ${answer.status}`)
  return value
}

interface VersionRow {
  readonly version: number
  readonly state: string
  readonly accepted_until: string | null
}

async function rowsOf(): Promise<VersionRow[]> {
  const source = jsonOf(await postern.console.get(`/api/sources/${SOURCE}`)) as {
    secret_versions: VersionRow[]
  }
  return source.secret_versions
}

async function deliver({ version, value }: Version, byThief: boolean): Promise<Delivered> {
  const { messageId, recipient } = simulated()
  const timestamp = new Date().toISOString()
  const data = { message_id: messageId, recipient, timestamp }
  const body = utf8(JSON.stringify({ event_type: 'email.delivered', timestamp, data }))
  const signed = await signGeneric(body, value, nowSeconds())
  const startedMs = Date.now()
  const answer: Received = await send(new URL(`/hooks/${SOURCE}`, postern.runtime.url('gateway')), {
    ...signed,
    body,
  })
  return { version, byThief, startedMs, endedMs: Date.now(), status: answer.status }
}

describe('a secret that is rotated ten times under steady load, once as an emergency', () => {
  it('loses no genuine delivery in the grace period, and verifies nothing after it', async () => {
    const first = 'a-first-secret-of-the-rotation-run'
    const put = await postern.console.put(`/api/sources/${SOURCE}`, {
      provider: 'generic',
      secrets: { hmac: first },
      rotationGraceSeconds: GRACE_SECONDS,
    })
    expect(put.status).toBe(201)

    const versions: Version[] = [
      {
        version: 1,
        value: first,
        activeMs: Date.now(),
        untilMs: Number.POSITIVE_INFINITY,
        endAskedMs: Number.POSITIVE_INFINITY,
        how: 'by the document',
      },
    ]
    const deliveries: Promise<Delivered>[] = []
    let inUse = versions[0]
    const over = new AbortController()
    const steadily = async (everyMs: number, next: () => void) => {
      while (!over.signal.aborted) {
        next()
        await sleep(everyMs)
      }
    }
    const sender = steadily(EVERY_MS, () => {
      if (inUse !== undefined) deliveries.push(deliver(inUse, false))
    })
    const thief = steadily(100, () => {
      for (const old of versions.filter(({ untilMs }) => untilMs < Date.now()).slice(-2))
        deliveries.push(deliver(old, true))
    })

    for (let i = 1; i <= ROTATIONS; i++) {
      const emergency = i === EMERGENCY
      await sleep(500)
      const path = `/api/sources/${SOURCE}/secrets/hmac/rotate`
      const askedMs = Date.now()
      const answer = await operator(
        path,
        { emergency },
        emergency ? 'The value stood in a ticket.' : undefined,
      )
      const endedMs = Date.now()
      // The registry that made the link may be evicted before it is used.
      if (DEATHS.has(i)) await postern.runtime.evict('Registry', 'registry')
      expect(answer['state']).toBe(emergency ? 'active' : 'pending')
      const value = await fetchValue(answer['link'])
      const version = Number(answer['version'])
      const rows = await rowsOf()
      for (const old of versions) {
        const row = rows.find((one) => one.version === old.version)
        if (row?.state === 'retiring') old.untilMs = Date.parse(row.accepted_until ?? '')
        if (row?.state !== 'revoked') continue
        old.untilMs = Math.min(old.untilMs, endedMs)
        old.endAskedMs = Math.min(old.endAskedMs, askedMs)
      }
      versions.push({
        version,
        value,
        activeMs: Date.now() + (emergency ? RECHECK_MS : 0),
        untilMs: Number.POSITIVE_INFINITY,
        endAskedMs: Number.POSITIVE_INFINITY,
        how: emergency ? 'as an emergency' : 'by hand',
      })
      // A person needs a while to enter the value at the sender, even in an emergency. A gateway with the old source cached looks
      // for a newer one once a second at most, and here an attacker makes it look all the time.
      await sleep(emergency ? RECHECK_MS : (GRACE_SECONDS * 1_000) / 2)
      inUse = versions.at(-1)
    }
    await sleep(GRACE_SECONDS * 1_000 + 1_000)
    over.abort()
    await Promise.all([sender, thief])
    const all = await Promise.all(deliveries)

    const ofVersion = (version: number) => all.filter((one) => one.version === version)
    const refusedInTime = versions.flatMap(({ version, activeMs, untilMs, endAskedMs }) =>
      ofVersion(version).filter(
        ({ startedMs, endedMs, status }) =>
          startedMs >= activeMs && endedMs < Math.min(untilMs, endAskedMs) && status !== 200,
      ),
    )
    const acceptedTooLate = versions.flatMap(({ version, untilMs }) =>
      ofVersion(version).filter(({ startedMs, status }) => startedMs > untilMs && status === 200),
    )
    expect(refusedInTime, timeline(versions, all)).toEqual([])
    expect(acceptedTooLate, timeline(versions, all)).toEqual([])
    expect(versions).toHaveLength(ROTATIONS + 1)
    // The run is meaningful only if each version was used, and each expired version was tried after its end.
    for (const { version, untilMs } of versions) {
      expect(ofVersion(version).filter(({ status }) => status === 200).length).toBeGreaterThan(0)
      if (untilMs !== Number.POSITIVE_INFINITY)
        expect(ofVersion(version).filter(({ byThief }) => byThief).length).toBeGreaterThan(0)
    }
    expect(all.filter(({ status }) => status !== 200 && status !== 401)).toEqual([])

    const accepted = all.filter(({ status }) => status === 200).length
    expect(await postern.settledAt(SOURCE, accepted)).toHaveLength(accepted)

    const audit = await postern.console.get('/api/audit?limit=500')
    const said = JSON.stringify([postern.logs, jsonOf(audit), await rowsOf()])
    for (const { value } of versions) expect(said).not.toContain(value)
    expect(said).toContain('secret.retrieved')
  }, 180_000)
})

/** The history of each version, as readable lines. */
function timeline(versions: readonly Version[], all: readonly Delivered[]): string {
  const beganMs = Math.min(...all.map(({ startedMs }) => startedMs))
  const at = (ms: number) => (Number.isFinite(ms) ? `${((ms - beganMs) / 1_000).toFixed(2)} s` : 'the end')
  const lines = versions.map(({ version, activeMs, untilMs, how }) => {
    const ours = all.filter((one) => one.version === version)
    const count = (byThief: boolean, status: number) =>
      ours.filter((one) => one.byThief === byThief && one.status === status).length
    return [
      `  ${String(version).padStart(2)} ${how.padEnd(16)} active from ${at(activeMs)}, accepted until ${at(untilMs)}:`,
      `the sender ${count(false, 200)} accepted, ${count(false, 401)} refused;`,
      `the thief ${count(true, 200)} accepted, ${count(true, 401)} refused`,
    ].join(' ')
  })
  return [
    `${all.length} deliveries while the secret was rotated ${versions.length - 1} times:`,
    ...lines,
  ].join('\n')
}
