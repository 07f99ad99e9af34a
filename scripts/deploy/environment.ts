/** One deployment of Postern in an account: its name, and what that makes of the names of its parts. */
import { createHash } from 'node:crypto'
import { PRODUCTION, nameIn } from '../../src/cli/connection/environment.ts'
import { DeployProblem } from './problem.ts'

export interface Environment {
  /** `production` is the one without a suffix. */
  readonly name: string
  /** Name that a person types to remove the deployment: `postern`, `postern-staging`. */
  readonly deployment: string
  /** The name of a Worker, queue, database or bucket in this environment. */
  readonly named: (name: string) => string
  /** The id of a rate limit. Environments that share an id would share its counters. */
  readonly rateLimitId: (id: string) => string
}

/** Names of buckets end at 63 characters, and the longest of ours has 26. */
const NAME = /^[a-z](?:[a-z0-9-]{0,22}[a-z0-9])?$/

/** Each environment has ten thousand ids of its own. Wrangler takes whole numbers up to 2^31. */
const IDS_EACH = 10_000
const RANGES = 200_000

/**
 * @param names of all parts in production
 * @throws {DeployProblem} if a part in this environment would have the name of another part elsewhere: `postern-x` in `dead` and
 *   `postern-x-dead` in production
 */
export function checkEnvironment({ name }: Environment, names: readonly string[]): void {
  const endings = names.flatMap((one) =>
    names.filter((other) => other.startsWith(`${one}-`)).map((other) => other.slice(one.length + 1)),
  )
  const ending = endings.find((one) => name === one || name.startsWith(`${one}-`))
  if (ending !== undefined)
    throw new DeployProblem(
      `--env cannot be ${name}: names of production end in -${ending}, and both would use the same part. Take another name.`,
    )
}

/** @throws {DeployProblem} if the name cannot be a part of the names of Workers and buckets */
export function environmentNamed(name: string): Environment {
  if (!NAME.test(name))
    throw new DeployProblem(
      '--env must be 1 to 24 lower-case letters, digits and hyphens, and begin with a letter: --env staging.',
    )
  if (name === PRODUCTION)
    return { name, deployment: 'postern', named: (own) => own, rateLimitId: (id) => id }
  const range = 1 + (createHash('sha256').update(name).digest().readUInt32BE(0) % RANGES)
  return {
    name,
    deployment: `postern-${name}`,
    named: (own) => nameIn(name, own),
    rateLimitId: (id) => String(range * IDS_EACH + (Number(id) % IDS_EACH)),
  }
}
