/** Puts the audit log's new lines, and where it stands, outside of the registry: what is kept there cannot be rewritten here. */
import { archive } from '../backups/audit-archive.ts'
import type { Job } from './job.ts'

export const archiveAudit: Job = { name: 'archive_audit', run: archive }
