/**
 * Tries the deployment from outside, as an ESP and as an operator. Its delivery is signed, and has an event that cannot be read: so it
 * takes the whole path, and ends in quarantine, from where it can be removed. An event would stay, and destinations would get it.
 */
import { healthRoutes } from '../../../src/api/health.ts'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventRoutes } from '../../../src/api/events.ts'
import { quarantineRoutes } from '../../../src/api/quarantine.ts'
import { sourceRoutes } from '../../../src/api/sources.ts'
import { type Api, apiAt } from '../../../src/cli/connection/api.ts'
import { accessHeadersOf } from '../../../src/cli/connection/find.ts'
import { keyProblem } from '../../../src/console/messages/key-problem.ts'
import { postTo } from '../../../src/cli/sign/post.ts'
import { Stop } from '../../../src/cli/stop.ts'
import { senderNamed } from '../../../src/simulator/senders/index.ts'
import type { OutgoingRequest } from '../../../src/simulator/sender.ts'
import { DeployProblem } from '../problem.ts'

export interface Tried {
  readonly gatewayUrl: string
  readonly consoleUrl: string
  /** Undefined if none is known: then only what needs none is tried. */
  readonly token: string | undefined
}

/** For people. A run knows by the setting `deployCheck` which sources an earlier one left behind. */
const PREFIX = 'deploy-check-'
/** No address, so the event of it is quarantined. */
const RECIPIENT = 'deploy-check'

export interface Timeouts {
  /** A new address needs a while until name servers and certificates know it. */
  readonly reachedWithinMs: number
  readonly storedWithinMs: number
}

const TIMEOUTS: Timeouts = { reachedWithinMs: 120_000, storedWithinMs: 60_000 }
const EVERY_MS = 500

/** Of a token that may not do what the test needs. */
const TOKEN_CODES: ReadonlySet<string> = new Set([
  'token_wrong',
  'token_missing',
  'token_expired',
  'token_revoked',
  'role_too_low',
  'scope_too_narrow',
])

/** @throws {DeployProblem} at the first thing that does not hold */
export async function smokeTest(
  { gatewayUrl, consoleUrl, token }: Tried,
  variables: Readonly<Record<string, string | undefined>>,
  print: (line: string) => void,
  timeouts: Timeouts = TIMEOUTS,
): Promise<void> {
  await refusesStrangers(consoleUrl, timeouts)
  print('The console refuses a request without a token.')
  await until(
    timeouts.reachedWithinMs,
    async () => (await status(`${gatewayUrl}/hooks/${PREFIX}none`)) !== null,
  ).catch(() => failed(`The gateway at ${gatewayUrl} was not reached`))
  if (token === undefined) {
    print(
      'No token for the console is known here, so no delivery was tried: run npx postern login, or set POSTERN_TOKEN, and deploy again.',
    )
    return
  }
  const api = apiAt(new URL(consoleUrl), token, accessHeadersOf(new URL(consoleUrl), variables))
  try {
    await tryDeliveries(api, gatewayUrl, print, timeouts)
  } catch (cause) {
    // Another token would pass, so this says nothing about the release.
    if (cause instanceof Stop && TOKEN_CODES.has(cause.code))
      throw new DeployProblem(`The deployment was not tried with a delivery: ${cause.message}`)
    if (cause instanceof Stop) failed(`The console did not do what the test needs (${cause.message})`)
    throw cause
  }
}

async function tryDeliveries(
  api: Api,
  gatewayUrl: string,
  print: (line: string) => void,
  { storedWithinMs }: Timeouts,
): Promise<void> {
  const { master_keys: keys } = await api.call(healthRoutes.getHealth)
  // Objects may still run the older code, which does not say; and during a rotation the keys differ.
  const shut = keyProblem(keys.filter(({ unreadable }) => unreadable.length > 0))
  if (shut !== null) failed(shut.replace(/\.$/, ''))
  print('The master key opens what is stored.')
  await removeLeftOver(api)
  const account = await senderNamed('generic')?.open()
  if (account === undefined) throw new Error('no generic sender')
  const source = PREFIX + randomBytes(4).toString('hex')
  await api.call(sourceRoutes.putSource, {
    params: { name: source },
    body: { ...account.document, deployCheck: true },
    headers: { 'if-none-match': '*' },
  })
  try {
    const nowSeconds = Math.floor(Date.now() / 1_000)
    const mail = {
      kind: 'email.sent',
      messageId: `${source}@postern.invalid`,
      recipient: RECIPIENT,
      occurredAtSeconds: nowSeconds - 1,
    }
    const request = await account.deliver([mail], nowSeconds)
    const target = `${gatewayUrl}/hooks/${source}`
    const forged = await postTo(target, forgery(request))
    if (forged !== 401) failed(`A forged delivery got HTTP ${forged ?? 'nothing'} and not 401`)
    print('A forged delivery is refused.')
    const accepted = await postTo(target, request)
    if (accepted !== 200) failed(`A signed delivery got HTTP ${accepted ?? 'nothing'} and not 200`)
    await until(storedWithinMs, async () => {
      return (await quarantinedOf(api, source)).length > 0
    }).catch(() =>
      failed(
        `A signed delivery was accepted, and not stored within ${storedWithinMs / 1_000} s (npx postern doctor says more). ` +
          `If it is stored later, it is in quarantine, of the source ${source}: remove it there`,
      ),
    )
    // Also tries to read events.
    const { events } = await api.call(eventRoutes.listEvents, { query: { source } })
    if (events.length > 0) failed('An event that cannot be read was stored')
    print('A signed delivery is accepted and stored, in quarantine. It is removed again.')
  } finally {
    await remove(api, source, 'end of the test after a deployment').catch(() =>
      print(`The source ${source} was not removed. The next run of npm run deploy removes it.`),
    )
  }
}

/** The source last: while it is there, the next run removes what is left of it. */
async function remove(api: Api, source: string, reason: string): Promise<void> {
  const headers = { 'x-reason': reason }
  for (const { id } of await quarantinedOf(api, source))
    await api.call(quarantineRoutes.deleteQuarantined, { params: { id }, headers })
  await api.call(sourceRoutes.deleteSource, { params: { name: source }, headers })
}

const quarantinedOf = (api: Api, source: string): Promise<{ id: string }[]> =>
  api.list(quarantineRoutes.listQuarantine, { query: { source } }, null)

async function removeLeftOver(api: Api): Promise<void> {
  const sources = await api.list(sourceRoutes.listSources, {}, null)
  for (const { name } of sources.filter(({ deployCheck }) => deployCheck))
    await remove(api, name, 'left by a deployment that was cut off')
}

/** The same delivery with a byte changed after it was signed. */
const forgery = (request: OutgoingRequest): OutgoingRequest => ({
  ...request,
  body: Buffer.from(Buffer.from(request.body).toString().replace(`"${RECIPIENT}"`, '"deploy-forge"')),
})

/** Access answers with a redirect to its log-in. */
async function refusesStrangers(consoleUrl: string, { reachedWithinMs }: Timeouts): Promise<void> {
  let last: number | null = null
  await until(reachedWithinMs, async () => {
    last = await status(`${consoleUrl}/api/sources`)
    return last === 401 || last === 403 || last === 302
  }).catch(() =>
    failed(`The console at ${consoleUrl} answered a request without a token with ${last ?? 'nothing'}`),
  )
}

const status = (url: string): Promise<number | null> =>
  fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(10_000) }).then(
    async (answer) => {
      await answer.body?.cancel()
      return answer.status
    },
    () => null,
  )

async function until(withinMs: number, holds: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + withinMs
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new Error('too late')
    await sleep(EVERY_MS)
  }
}

/** The deployment does not do what it should. */
export class SmokeTestFailed extends DeployProblem {
  override readonly name = 'SmokeTestFailed'
}

function failed(what: string): never {
  throw new SmokeTestFailed(`${what}.`)
}
