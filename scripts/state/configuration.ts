/** The configuration as `postern export --env` prints it. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ROOT } from '../workers.ts'
import { SECRETS } from './deployment.ts'

/** @param console its URL */
export async function exportedConfiguration(console: URL): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [`${ROOT}scripts/postern.ts`, 'export', '--env'],
    { env: { ...process.env, POSTERN_URL: console.href, POSTERN_TOKEN: SECRETS.ADMIN_TOKEN } },
  )
  return stdout
}
