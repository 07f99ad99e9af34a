/** Facts that the account has about the deployed Workers. */
import { type AccountApi, found } from './api.ts'
import { type Release, marksIn, readRelease } from '../release.ts'

export interface DeployedWorker {
  readonly name: string
  readonly secrets: readonly string[]
  /** Newest first, the present one at the head. More than one version in one of them is a gradual rollout. */
  readonly deployments: readonly Deployment[]
  readonly release: Release | undefined
  /** Marks of its master keys, if the deployment has set them. */
  readonly masterKey: string | undefined
  readonly vars: Readonly<Record<string, string>>
  /** Names of the queues and buckets, and ids of the databases, that the present version binds. */
  readonly bound: readonly string[]
  /** Whether it answers at workers.dev. */
  readonly isOnWorkersDev: boolean
}

export interface Deployment {
  readonly versions: readonly string[]
  readonly message: string
  /** Whether somebody changed a secret, and nothing else. */
  readonly isSecret: boolean
  readonly atMs: number
}

/** This Worker does not exist on your account. */
const NO_WORKER = 10007

interface Deployments {
  readonly deployments: readonly {
    readonly created_on: string
    readonly versions: readonly { readonly version_id: string }[]
    readonly annotations?: Readonly<Record<string, string>>
  }[]
}
interface Version {
  readonly resources: { readonly bindings: readonly Binding[] }
}
interface Binding {
  readonly type: string
  readonly name: string
  readonly text?: string
  readonly queue_name?: string
  readonly bucket_name?: string
  readonly id?: string
  readonly database_id?: string
}

export async function deployedWorker(api: AccountApi, name: string): Promise<DeployedWorker | undefined> {
  const path = `/workers/scripts/${name}`
  const secrets = await found(api.get<readonly { name: string }[]>(`${path}/secrets`), NO_WORKER)
  if (secrets === undefined) return undefined
  const deployments = (await deploymentsOf(api, name)) ?? []
  const [current] = deployments[0]?.versions ?? []
  const bindings = current === undefined ? [] : await bindingsOf(api, name, current)
  const address = await api.get<{ enabled: boolean }>(`${path}/subdomain`)
  const vars = plainText(bindings)
  const release = readRelease(vars)
  return {
    name,
    secrets: secrets.map((secret) => secret.name),
    deployments,
    release,
    masterKey: marksSince(deployments) ?? release?.masterKey,
    vars,
    bound: bindings.flatMap(({ type, queue_name: queue, bucket_name: bucket, database_id: database, id }) =>
      [queue, bucket, type === 'd1' ? (database ?? id) : undefined].filter((one) => one !== undefined),
    ),
    isOnWorkersDev: address.enabled,
  }
}

/** Undefined if there is no such Worker. */
export async function deploymentsOf(api: AccountApi, name: string): Promise<Deployment[] | undefined> {
  const answer = await found(api.get<Deployments>(`/workers/scripts/${name}/deployments`), NO_WORKER)
  return answer?.deployments.map(({ versions, annotations, created_on: createdOn }) => ({
    versions: versions.map(({ version_id: id }) => id),
    message: annotations?.['workers/message'] ?? '',
    isSecret: annotations?.['workers/triggered_by'] === 'secret',
    atMs: Date.parse(createdOn),
  }))
}

/** Of the latest change of the master key since the last upload. */
function marksSince(deployments: readonly Deployment[]): string | undefined {
  for (const { message, isSecret } of deployments) {
    const marks = marksIn(message)
    if (marks !== undefined || !isSecret) return marks
  }
  return undefined
}

/** Plain variables of a version. */
export async function varsOf(
  api: AccountApi,
  worker: string,
  version: string,
): Promise<Readonly<Record<string, string>>> {
  return plainText(await bindingsOf(api, worker, version))
}

async function bindingsOf(api: AccountApi, worker: string, version: string): Promise<readonly Binding[]> {
  const { resources } = await api.get<Version>(`/workers/scripts/${worker}/versions/${version}`)
  return resources.bindings
}

const plainText = (bindings: readonly Binding[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    bindings.flatMap(({ type, name, text }) =>
      type === 'plain_text' && text !== undefined ? [[name, text]] : [],
    ),
  )
