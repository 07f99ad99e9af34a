/** What the platform hands to the console, checked once. */
import type { Envelope } from '../event/envelope.ts'
import { type MasterKey, SetupError, readMasterKeys } from '../platform/master-key.ts'
import { isPlaceholder } from '../platform/weak-secret.ts'
import type { RegistryApi } from '../registry/api.ts'
import type { WatchApi } from '../watch/refusal.ts'

/** Objects of one class by name; a stub has the class's calls. */
interface Objects<Api> {
  getByName(name: string): Api
}

/** The calls of the registry that are an operator's. */
export type ConsoleRegistry = Omit<RegistryApi, 'load' | 'roster'>
export type ConsoleWatch = Pick<WatchApi, 'latest' | 'totals'>

/** Bindings as they come: settings may be absent or wrong. */
export interface ConsoleEnv {
  readonly MASTER_KEY?: string | undefined
  readonly ADMIN_TOKEN?: string | undefined
  /** The gateway's public address; empty when it is not known. */
  readonly GATEWAY_URL?: string | undefined
  readonly REGISTRY: Objects<ConsoleRegistry>
  readonly WATCH: Objects<ConsoleWatch>
  readonly EVENTS: Pick<Queue<Envelope>, 'send' | 'metrics'>
  readonly STORE: D1Database
  readonly LARGE: R2Bucket
  readonly SAFE: R2Bucket
}

/** Settings that have been checked. */
export interface Settings {
  readonly masters: readonly [MasterKey, ...MasterKey[]]
  readonly adminToken: string
  /** Without a slash at the end; empty when it is not known. */
  readonly gatewayUrl: string
}

const BINDINGS = ['REGISTRY', 'WATCH', 'EVENTS', 'STORE', 'LARGE', 'SAFE'] as const

/** Short enough to type, long enough that nobody guesses it. */
const ADMIN_TOKEN_MIN_CHARACTERS = 16

/** @throws {SetupError} one sentence that names every problem, and no value */
export function readSettings(env: ConsoleEnv): Settings {
  const masters = keysOrProblem(env.MASTER_KEY)
  const adminToken = env.ADMIN_TOKEN ?? ''
  const gatewayUrl = (env.GATEWAY_URL ?? '').trim().replace(/\/+$/, '')
  const problems = [
    ...(typeof masters === 'string' ? [masters] : []),
    ...tokenProblems(adminToken),
    ...(gatewayUrl === '' || isHttpUrl(gatewayUrl)
      ? []
      : ['GATEWAY_URL is not an absolute http or https URL']),
    ...BINDINGS.filter((name) => !env[name]).map((name) => `the binding ${name} is missing`),
  ]
  if (typeof masters === 'string' || problems.length > 0) {
    throw new SetupError(`The console is not set up: ${problems.join('; ')}.`)
  }
  return { masters, adminToken, gatewayUrl }
}

function keysOrProblem(text: string | undefined): Settings['masters'] | string {
  try {
    return readMasterKeys(text)
  } catch (cause) {
    if (cause instanceof SetupError) return cause.message.replace(/\.$/, '')
    throw cause
  }
}

function tokenProblems(token: string): string[] {
  if (token === '') return ['ADMIN_TOKEN is not set']
  if (token.length < ADMIN_TOKEN_MIN_CHARACTERS) {
    return [`ADMIN_TOKEN is shorter than ${ADMIN_TOKEN_MIN_CHARACTERS} characters`]
  }
  if (isPlaceholder(token)) return ['ADMIN_TOKEN is a placeholder']
  // Anything else could not be sent in an Authorization header.
  return /^[\x21-\x7e]+$/.test(token) ? [] : ['ADMIN_TOKEN has characters other than visible ASCII']
}

const isHttpUrl = (text: string): boolean =>
  URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)
