/** Finds out what a token may not change, before anything is changed. */
import { type AccountApi, ApiError } from '../account/api.ts'
import { allOf } from '../account/survey.ts'
import type { Plan } from '../plan.ts'

/** A Worker of this name does not exist. */
const NOBODY = 'postern-permission-check'

/**
 * Asks for changes that are too incomplete to be made: who lacks the permission is told so, and all others that something is missing.
 *
 * @throws {DeployProblem} with all missing permissions at once
 */
export async function checkPermissions(api: AccountApi, { missing, pendingMigrations }: Plan): Promise<void> {
  const paths = [
    `/workers/scripts/${NOBODY}/deployments`,
    '/queues',
    ...(missing.database === null && pendingMigrations.length === 0 ? [] : ['/d1/database']),
    ...(missing.buckets.length === 0 ? [] : ['/r2/buckets']),
  ]
  await allOf(
    paths.map(async (path) => {
      try {
        await api.post(path, {})
      } catch (cause) {
        if (!(cause instanceof ApiError) || cause.permission !== undefined) throw cause
      }
    }),
  )
}
