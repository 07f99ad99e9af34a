/** Signer of a drill's requests, and the sources for which it may be played. */
import { randomBytes } from 'node:crypto'
import { DRILL_ESP } from '../../simulator/client-address.ts'
import { senderNamed } from '../../simulator/senders/index.ts'
import type { Io } from '../command.ts'
import { isLocal } from '../connection/find.ts'
import type { Api } from '../connection/api.ts'
import { type SourceSettings, putSource, twinDocument } from '../sign/source.ts'
import { Stop, UsageError } from '../stop.ts'
import { demoSigner } from './demo-source.ts'
import type { Drill, DrillWorld } from './drill.ts'

const DEMO = 'demo-'

/** A name tells nothing: a source of production may be called drill-shop. */
const isMarked = ({ drill }: SourceSettings): boolean => drill === true

const isDemo = (api: Api, source: string): boolean => isLocal(api.url) && source.startsWith(DEMO)

/**
 * Refuses what cannot be drilled there, before anything is sent.
 *
 * @throws {Stop} or {UsageError} with the reason
 */
export function checkDrill(
  drill: Drill,
  api: Api,
  source: string,
  settings: SourceSettings,
  isConfirmed: boolean,
): void {
  const { kind, onlyDemo, onlyDeployed, providers, reports, signs } = drill
  if (onlyDemo !== undefined && !isDemo(api, source))
    throw new Stop(
      'no',
      'not_drillable',
      `${kind} can be drilled at a source of npm start alone: ${onlyDemo}.`,
    )
  if (onlyDeployed !== undefined && isLocal(api.url))
    throw new Stop('no', 'not_drillable', `${kind} can be drilled at a deployment alone: ${onlyDeployed}.`)
  if (providers !== undefined && !providers.includes(settings.provider))
    throw new Stop(
      'no',
      'not_drillable',
      `${kind} can be drilled at sources of ${providers.join(', ')} alone.`,
    )
  const isSafe = isDemo(api, source) || isMarked(settings)
  if (!isSafe && signs === 'as the ESP')
    throw new Stop(
      'no',
      'not_drillable',
      `Postern hands out no secret, so nothing can sign for ${source}. Make a source for drills, with the setting "drill": true. ` +
        'A drill replaces the secrets of such a source.',
    )
  if (!isSafe && !isConfirmed)
    throw new UsageError(
      `${source} is not for drills (${DEMO}… of npm start, or the setting "drill": true). Pass --yes to attack it anyway.`,
    )
  if (reports !== undefined && senderNamed(settings.provider) === undefined)
    throw new Stop('no', 'not_drillable', `Nothing can sign as ${settings.provider}.`)
}

/** @throws {Stop} for a source that nothing can sign for */
export async function drillWorld(
  { signs, kind, reports }: Drill,
  api: Api,
  source: string,
  settings: SourceSettings,
  io: Io,
): Promise<DrillWorld> {
  const sender = senderNamed(settings.provider)
  const [account, forger] = [await sender?.open(), await sender?.open()]
  if (account === undefined || forger === undefined)
    throw new Stop('no', 'not_drillable', `Nothing can sign as ${settings.provider}.`)
  if (reports !== undefined && !account.kinds.includes(reports))
    throw new Stop(
      'no',
      'not_drillable',
      `${kind} cannot be drilled there: this ESP does not report ${reports}.`,
    )
  let events = 0
  const world = {
    forge: forger.deliver,
    event: (eventKind: string, change = {}) => ({
      kind: eventKind,
      messageId: `drill-${randomBytes(9).toString('hex')}`,
      recipient: `drill.${events++ % 10}@example.com`,
      occurredAtSeconds: Math.floor(io.nowMs() / 1_000) - 1,
      ...change,
    }),
    nowSeconds: () => Math.floor(io.nowMs() / 1_000),
  }
  const isOwn = !isDemo(api, source) && isMarked(settings)
  if (signs === 'wrongly' && !isOwn) return { ...world, sign: unused, pause: unused, switchOff: unused }
  if (isDemo(api, source)) return { ...world, ...(await demoSigner(io, source)) }
  // A source for drills has no ESP: its secrets are those of this command. Without any, no proof would be wrong.
  await putSource(api, source, twinDocument(settings, account.document), io, true)
  const sign: DrillWorld['sign'] = async (of, nowSeconds) => ({
    request: await account.deliver(of, nowSeconds),
    address: DRILL_ESP,
  })
  return { ...world, sign, pause: unused, switchOff: unused }
}

const unused = (): Promise<never> => Promise.reject(new TypeError('this drill does not need it'))
