/** Makes queues, database and buckets that are missing. */
import type { AccountApi } from '../account/api.ts'
import type { Survey } from '../account/survey.ts'
import type { Resources } from '../configuration/resources.ts'

export interface MissingResources {
  readonly queues: readonly string[]
  /** Null if it exists. */
  readonly database: string | null
  readonly buckets: readonly string[]
}

export const missingResources = (
  resources: Resources,
  { queues, database, buckets }: Survey,
): MissingResources => ({
  queues: resources.queues.filter((name) => !queues.has(name)),
  database: database === undefined ? resources.database.name : null,
  buckets: resources.buckets.filter((name) => !buckets.has(name)),
})

/** @param jurisdiction where they keep their data; it can never be changed afterwards */
export async function makeResources(
  api: AccountApi,
  { queues, database, buckets }: MissingResources,
  jurisdiction: string | undefined,
  print: (line: string) => void,
): Promise<void> {
  const where = jurisdiction === undefined ? {} : { jurisdiction }
  for (const queue of queues) {
    await api.post('/queues', { queue_name: queue, ...where })
    print(`Made the queue ${queue}.`)
  }
  if (database !== null) {
    await api.post('/d1/database', { name: database, ...where })
    print(`Made the database ${database}.`)
  }
  for (const name of buckets) {
    const headers = jurisdiction === undefined ? undefined : { 'cf-r2-jurisdiction': jurisdiction }
    await api.post('/r2/buckets', { name }, headers)
    print(`Made the bucket ${name}.`)
  }
}
