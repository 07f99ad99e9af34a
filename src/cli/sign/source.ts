/** The source that a sample is sent to: put under its own name, or as a temporary twin of another source. */
import { randomBytes } from 'node:crypto'
import { healthRoutes } from '../../api/health.ts'
import { sourceRoutes } from '../../api/sources.ts'
import { SourceConfigSchema } from '../../registry/sources/document.ts'
import type { Io } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { confirmed } from '../secret-input.ts'
import { Stop } from '../stop.ts'

/** Settings that name keys or a URL of the source itself: the sample has its own. */
const OWN = ['auth', 'signature', 'jwt', 'provisioner', 'publicUrl']
/** Settings about where the ESP sends from. The sample comes from this machine. */
const OF_THE_SENDER = [
  'allowedIps',
  'blockedIps',
  'allowedCountries',
  'blockedCountries',
  'allowedAsns',
  'blockedAsns',
  'requireSourceIp',
]

export type SourceSettings = Readonly<Record<string, unknown>> & { readonly provider: string }

export const settingsOf = (api: Api, name: string): Promise<SourceSettings> =>
  api.call(sourceRoutes.getSource, { params: { name } })

/** Settings that the twin has in common with the source. */
const SHARED: ReadonlySet<string> = new Set(
  Object.keys(SourceConfigSchema.entries).filter(
    (name) => !OWN.includes(name) && !OF_THE_SENDER.includes(name),
  ),
)

/** The settings of the source under the secrets of the sample. */
export const twinDocument = (source: SourceSettings, sample: Readonly<Record<string, unknown>>): object => ({
  ...Object.fromEntries(Object.entries(source).filter(([name]) => SHARED.has(name))),
  ...sample,
})

/**
 * Where the gateway itself accepts deliveries of a source. The webhook URL of a sample that signs its URL is an example, which
 * belongs to somebody else.
 *
 * @throws {Stop} if the console does not know the address of its gateway
 */
export const webhookUrlOf = async (api: Api, name: string): Promise<string> =>
  `${await gatewayUrlOf(api)}/hooks/${name}`

/** Without a slash at the end. @throws {Stop} if the console does not know the address of its gateway */
export async function gatewayUrlOf(api: Api): Promise<string> {
  const { gateway_url: url } = await api.call(healthRoutes.getHealth)
  if (!URL.canParse(url))
    throw new Stop(
      'no',
      'gateway_unknown',
      'The console does not know the address of its gateway: run npm run deploy, which sets GATEWAY_URL.',
    )
  return url
}

/** Says what is lost. */
async function replaceQuestion(api: Api, name: string): Promise<string> {
  const { secrets } = await api.call(sourceRoutes.getSource, { params: { name } })
  const slots = Object.keys(secrets)
  return slots.length === 0
    ? `Replace the source ${name}, which has no secret yet?`
    : `Replace the source ${name}? Its ${slots.join(' and ')} is revoked and cannot be shown again: what its real sender signs is refused until you enter it anew. To try it without loss: postern sign --source ${name}. Replace it?`
}

/** A name of its own, so that no source is ever replaced by it. */
export const twinName = (name: string): string =>
  `${name.slice(0, 48).replace(/-+$/, '')}-sample-${randomBytes(4).toString('hex')}`

/**
 * Creates the source. If there is one, it is replaced only if the person says yes, or said `--yes`: its secrets would be lost.
 *
 * @returns its webhook URL; undefined if the person says no
 */
export async function putSource(
  api: Api,
  name: string,
  document: object,
  io: Io,
  isConfirmed: boolean,
): Promise<string | undefined> {
  const put = (headers: Record<string, string>) =>
    api.call(sourceRoutes.putSource, { params: { name }, body: document, headers })
  try {
    return (await put({ 'if-none-match': '*' })).webhook_url
  } catch (cause) {
    if (!(cause instanceof Stop) || cause.code !== 'version_conflict') throw cause
  }
  if (!isConfirmed && !(await confirmed(io, await replaceQuestion(api, name)))) return undefined
  return (await put({})).webhook_url
}
