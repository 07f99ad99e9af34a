/** The console's bindings and settings, checked once. */
import type { Envelope } from '../event/envelope.ts'
import { isObject, parseJsonText } from '../platform/json.ts'
import { type MasterKey, SetupError, readMasterKeys } from '../platform/master-key.ts'
import { type MeasuredQueues, QUEUE_BINDINGS } from '../platform/queues.ts'
import { isPlaceholder } from '../platform/weak-secret.ts'
import { type AccessRoles, readAccessRoles } from './access/people.ts'
import type { ArchiveApi } from '../archive/api.ts'
import type { DestinationApi } from '../destinations/api.ts'
import type { EspAccountApi } from '../esp-accounts/api.ts'
import type { Member, OperatorMembers, RegistryOf } from '../registry/members.ts'
import type { MailBinding } from '../channels/send.ts'
import type { IncidentsApi } from '../watch/incidents/api.ts'
import type { RefusalLogApi } from '../refusals/refusal.ts'
import type { SourceWatcherApi } from '../watch/watchers/api.ts'

/** A Durable Object namespace. A stub has the methods of its class. */
interface Objects<Api> {
  getByName(name: string): Api
}

/** The registry's members for operators. */
export type ConsoleRegistry = RegistryOf<OperatorMembers> & {
  /** With their sealed secrets: the console tells them if the watch cannot. */
  readonly snapshots: Pick<Member<'snapshots'>, 'channels'>
}
export type ConsoleRefusals = Omit<RefusalLogApi, 'report' | 'capture' | 'arrived' | 'sign'>

/** The objects that deliver to destinations, by name. */
export type ConsoleDestinations = Objects<DestinationApi>

/** The objects that talk to the ESPs of sources, by the name of the source. */
export type ConsoleEspAccounts = Objects<EspAccountApi>

/** The object that keeps incidents. */
export type ConsoleIncidents = IncidentsApi

/** The objects that watch sources, by the name that `watcherOf` gives. */
export type ConsoleWatchers = Objects<Pick<SourceWatcherApi, 'history' | 'forget'>>

/** Unchecked bindings: settings may be absent or wrong. */
export interface ConsoleEnv {
  readonly MASTER_KEY?: string | undefined
  readonly ADMIN_TOKEN?: string | undefined
  /** Cloudflare Access: the team's domain, the application's audience tag, and the role of each person. Empty without Access. */
  readonly ACCESS_TEAM_DOMAIN?: string | undefined
  readonly ACCESS_AUD?: string | undefined
  readonly ACCESS_ROLES?: string | undefined
  /** The gateway's public address; empty if unknown. */
  readonly GATEWAY_URL?: string | undefined
  /** A monitor that expects a ping each minute while all is well; optional. */
  readonly HEARTBEAT_URL?: string | undefined
  /** Set to `allowed` only by `npm start`: servers on the developer's machine may be asked. */
  readonly PRIVATE_DESTINATIONS?: string
  /** Only under `npm start`: makes and sends signed samples. */
  readonly SAMPLES?: Pick<Fetcher, 'fetch'> | undefined
  /** Command that plays an attack. Set only by the demo of `npm start`. */
  readonly DEMO_ATTACK?: string
  /** Cloudflare's binding that sends mail. */
  readonly MAIL?: MailBinding
  /** JSON about the release, set by `npm run deploy`. */
  readonly POSTERN_RELEASE?: string | undefined
  readonly REGISTRY: Objects<ConsoleRegistry>
  /** Scheduled jobs give signs of life, and no request does. */
  readonly REFUSALS: Objects<ConsoleRefusals & Pick<RefusalLogApi, 'sign'>>
  readonly DESTINATIONS: ConsoleDestinations
  readonly ESP_ACCOUNTS: ConsoleEspAccounts
  readonly INCIDENTS: Objects<ConsoleIncidents>
  readonly SOURCE_WATCHERS: ConsoleWatchers
  /** Absent where nothing is archived. */
  readonly ARCHIVER?: Objects<ArchiveApi> | undefined
  readonly EVENTS: Pick<Queue<Envelope>, 'send' | 'metrics'>
  readonly DEAD: MeasuredQueues['DEAD']
  readonly EMAIL_SERVICE: MeasuredQueues['EMAIL_SERVICE']
  readonly EMAIL_DEAD: MeasuredQueues['EMAIL_DEAD']
  readonly STORE: D1Database
  readonly LARGE: R2Bucket
  readonly BACKUPS: R2Bucket
  /** Without it nothing is archived. */
  readonly ARCHIVE?: R2Bucket | undefined
}

/** How to authenticate people through Cloudflare Access. */
export interface AccessSettings {
  /** Origin of the team's domain. */
  readonly team: string
  readonly audience: string
  readonly roles: AccessRoles
}

/** Checked settings. */
export interface Settings {
  readonly masters: readonly [MasterKey, ...MasterKey[]]
  readonly adminToken: string
  /** Without a slash at the end; empty if unknown. */
  readonly gatewayUrl: string
  /** Undefined if Access is not set up. */
  readonly access: AccessSettings | undefined
}

/** Null if `npm run deploy` has not made it. Its id is the time: `20261127T083000Z`. */
export function releaseIn({ POSTERN_RELEASE: text = '' }: ConsoleEnv): Release | null {
  const release = parseJsonText(text)
  if (!isObject(release)) return null
  const { id, version, commit, environment } = release
  if (typeof id !== 'string' || typeof version !== 'string') return null
  return {
    version,
    commit: typeof commit === 'string' ? commit : null,
    environment: typeof environment === 'string' ? environment : null,
    deployed_at: id.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  }
}

export interface Release {
  readonly version: string
  readonly commit: string | null
  readonly environment: string | null
  /** RFC 3339. */
  readonly deployed_at: string
}

export const BINDINGS = [
  'REGISTRY',
  'REFUSALS',
  'DESTINATIONS',
  'ESP_ACCOUNTS',
  'INCIDENTS',
  'SOURCE_WATCHERS',
  ...QUEUE_BINDINGS,
  'STORE',
  'LARGE',
  'BACKUPS',
] as const

/** Short enough to type, too long to guess. */
const ADMIN_TOKEN_MIN_CHARACTERS = 16

/** @throws {SetupError} one sentence with all problems, without any value */
export function readSettings(env: ConsoleEnv): Settings {
  const masters = keysOrProblem(env.MASTER_KEY)
  const adminToken = env.ADMIN_TOKEN ?? ''
  const gatewayUrl = (env.GATEWAY_URL ?? '').trim().replace(/\/+$/, '')
  const access = readAccess(env)
  const problems = [
    ...(typeof masters === 'string' ? [masters] : []),
    ...tokenProblems(adminToken),
    ...(typeof access === 'string' ? [access] : []),
    ...(gatewayUrl === '' || isHttpUrl(gatewayUrl)
      ? []
      : ['GATEWAY_URL is not an absolute http or https URL']),
    ...BINDINGS.filter((name) => !env[name]).map((name) => `the binding ${name} is missing`),
  ]
  if (typeof masters === 'string' || typeof access === 'string' || problems.length > 0) {
    throw new SetupError(`The console is not set up: ${problems.join('; ')}.`)
  }
  return { masters, adminToken, gatewayUrl, access }
}

function keysOrProblem(text: string | undefined): Settings['masters'] | string {
  try {
    return readMasterKeys(text)
  } catch (cause) {
    if (cause instanceof SetupError) return cause.message.replace(/\.$/, '')
    throw cause
  }
}

function readAccess(env: ConsoleEnv): AccessSettings | undefined | string {
  const [domain, audience, text] = [env.ACCESS_TEAM_DOMAIN, env.ACCESS_AUD, env.ACCESS_ROLES].map((value) =>
    (value ?? '').trim(),
  )
  if (!domain && !audience && !text) return undefined
  const roles = readAccessRoles(text ?? '')
  if (!domain || !/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(domain)) {
    return 'ACCESS_TEAM_DOMAIN is not a domain like team.cloudflareaccess.com'
  }
  if (!audience) return 'ACCESS_AUD is not set'
  if (roles === undefined) return 'ACCESS_ROLES is not a list like ada@example.com=admin, @example.com=viewer'
  return { team: `https://${domain.toLowerCase()}`, audience, roles }
}

function tokenProblems(token: string): string[] {
  if (token === '') return ['ADMIN_TOKEN is not set']
  if (token.length < ADMIN_TOKEN_MIN_CHARACTERS) {
    return [`ADMIN_TOKEN is shorter than ${ADMIN_TOKEN_MIN_CHARACTERS} characters`]
  }
  if (isPlaceholder(token)) return ['ADMIN_TOKEN is a placeholder']
  // The Authorization header can carry no other characters.
  return /^[\x21-\x7e]+$/.test(token) ? [] : ['ADMIN_TOKEN has characters other than visible ASCII']
}

const isHttpUrl = (text: string): boolean =>
  URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)
