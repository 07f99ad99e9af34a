/** Secrets of a configuration file. References to environment variables are resolved; a plain value is refused. */
import { type ConfigurationFile, type Documents, FileRefused } from '../api/configuration-file.ts'
import { isObject } from '../platform/json.ts'
import { providerNamed } from '../providers/index.ts'
import type { SecretKind } from '../providers/shared/secret-kinds.ts'

/** Null for a page of the console, which has no environment. */
type Environment = Readonly<Record<string, string | undefined>> | null
type Document = Readonly<Record<string, unknown>>

/** Kinds that are not secret, so that the file may contain their values. */
const PUBLIC: ReadonlySet<SecretKind> = new Set([
  'ecdsa-p256-public',
  'rsa-public',
  'ed25519-public',
  'topic-arn',
  'scaleway-topic',
  'account',
  'certificate-sha256',
  'jwks-url',
])
/** Kinds with several fields. One variable holds them as JSON, or each field is a reference. */
const STRUCTURED: ReadonlySet<SecretKind> = new Set(['basic', 'named-values', 'oauth2'])

export type Configured = Pick<
  ConfigurationFile,
  'sources' | 'destinations' | 'channels' | 'retention' | 'policy'
>

/** @throws {FileRefused} with the path of every problem, and without values */
export function resolved(
  { sources, destinations, channels, ...others }: Configured,
  environment: Environment,
): Configured {
  const problems: string[] = []
  const here = { environment, problems }
  const found: Configured = {
    ...others,
    sources: mapped(sources, (name, document) => sourceOf(name, document, here)),
    ...(destinations === undefined
      ? {}
      : { destinations: mapped(destinations, (name, document) => destinationOf(name, document, here)) }),
    ...(channels === undefined
      ? {}
      : { channels: mapped(channels, (name, document) => channelOf(name, document, here)) }),
  }
  if (problems.length > 0)
    throw new FileRefused('Nothing was changed: some secrets in the file cannot be read.', problems)
  return found
}

const mapped = (documents: Documents, map: (name: string, document: Document) => Document): Documents =>
  Object.fromEntries(Object.entries(documents).map(([name, document]) => [name, map(name, document)]))

type Here = Pick<Place, 'environment' | 'problems'>

function sourceOf(name: string, document: Document, here: Here): Document {
  const { secrets, provider } = document
  if (secrets === undefined) return document
  const values = valuesIn(secrets, `${name}.secrets`, here, (slot) => kindOf(provider, slot))
  return { ...document, secrets: values }
}

/** Values of headers are sealed like secrets: none of them stands in the file either. */
function destinationOf(name: string, document: Document, here: Here): Document {
  const { secrets, headers } = document
  const at = `destinations.${name}`
  return {
    ...document,
    ...(secrets === undefined ? {} : { secrets: valuesIn(secrets, `${at}.secrets`, here) }),
    ...(headers === undefined ? {} : { headers: valuesIn(headers, `${at}.headers`, here) }),
  }
}

function channelOf(name: string, document: Document, here: Here): Document {
  const { secrets } = document
  return secrets === undefined
    ? document
    : { ...document, secrets: valuesIn(secrets, `channels.${name}.secrets`, here) }
}

function valuesIn(
  given: unknown,
  path: string,
  here: Here,
  kindIn: (name: string) => SecretKind | undefined = () => undefined,
): unknown {
  if (isObject(given))
    return Object.fromEntries(
      Object.entries(given).map(([name, value]) => {
        const place: Place = { path: `${path}.${name}`, kind: kindIn(name), ...here }
        return [name, valueOf(value, place)] as const
      }),
    )
  here.problems.push(`${path}: Must be values by their names.`)
  return given
}

interface Place {
  readonly path: string
  readonly kind: SecretKind | undefined
  readonly environment: Environment
  readonly problems: string[]
}

function valueOf(given: unknown, place: Place): unknown {
  if (isStored(given)) return { stored: true }
  if (Array.isArray(given))
    return given.map((one: unknown, i) => oneValue(one, { ...place, path: `${place.path}.${i}` }))
  return oneValue(given, place)
}

function oneValue(given: unknown, place: Place): unknown {
  const variable = variableOf(given)
  const isStructured = place.kind !== undefined && STRUCTURED.has(place.kind)
  if (variable !== undefined) return isStructured ? jsonOf(variable, place) : textOf(variable, place)
  if (isStructured && isObject(given))
    return Object.fromEntries(
      Object.entries(given).map(([field, one]) => {
        const at = { ...place, path: `${place.path}.${field}` }
        const named = variableOf(one)
        return [field, named === undefined ? refused(at) : textOf(named, at)]
      }),
    )
  return typeof given === 'string' && place.kind !== undefined && PUBLIC.has(place.kind)
    ? given
    : refused(place)
}

function textOf(variable: string, { path, environment, problems }: Place): string {
  const text = environment?.[variable]
  if (environment === null) problems.push(`${path}: Names a variable: use postern apply, which reads those.`)
  else if (text === undefined || text === '') problems.push(`${path}: The variable ${variable} is not set.`)
  return text ?? ''
}

function jsonOf(variable: string, place: Place): unknown {
  const text = textOf(variable, place)
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    place.problems.push(
      `${place.path}: The variable ${variable} must hold JSON: this secret has several fields.`,
    )
    return undefined
  }
}

function refused({ path, problems }: Place): undefined {
  problems.push(
    `${path}: Must be {"env": "NAME"} or {"stored": true}: no value of a secret stands in the file.`,
  )
  return undefined
}

const isStored = (given: unknown): boolean => isOnly(given, 'stored') && given['stored'] === true

const variableOf = (given: unknown): string | undefined => {
  if (!isOnly(given, 'env')) return undefined
  const { env } = given
  return typeof env === 'string' && /^[A-Za-z_][A-Za-z0-9_]{0,199}$/.test(env) ? env : undefined
}

const isOnly = <Name extends string>(given: unknown, name: Name): given is Record<Name, unknown> =>
  isObject(given) && Object.keys(given).length === 1 && Object.hasOwn(given, name)

function kindOf(provider: unknown, slot: string): SecretKind | undefined {
  const secrets = typeof provider === 'string' ? providerNamed(provider)?.secrets : undefined
  return secrets !== undefined && Object.hasOwn(secrets, slot) ? secrets[slot] : undefined
}
