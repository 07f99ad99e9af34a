/** How a test restores a backup. */
import type { RestoreOptions } from '../../src/registry/backup/backup.ts'

export const RESTORING: RestoreOptions = { replace: false, resume: false }
export const REPLACING: RestoreOptions = { ...RESTORING, replace: true }
