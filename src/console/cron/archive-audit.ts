/** Copies the new lines and the head of the audit log out of the registry. A change in the registry cannot alter the copy. */
import { archive } from '../backups/audit-archive.ts'
import type { Job } from './job.ts'

export const archiveAudit: Job = { name: 'archive_audit', run: archive }
