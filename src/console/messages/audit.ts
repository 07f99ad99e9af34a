/** Result of verifying the audit log, in plain words. */
import type { LogVerification } from '../../api/audit.ts'

const PROBLEMS: Readonly<Record<Extract<LogVerification, { ok: false }>['problem'], string>> = {
  missing: 'is missing',
  misplaced: 'is not the line that belongs there',
  changed: 'is not what was written',
  cut_off: 'is missing, and whatever came after it',
  rewritten: 'is another one than the backups has, and was written with the log’s own key',
}

export const explainVerified = (verified: LogVerification): string =>
  verified.ok
    ? `The log is whole: ${verified.lines} lines, compared with ${verified.anchors} heads in the backups.`
    : `The log was tampered with: line ${verified.seq} ${PROBLEMS[verified.problem]}.`
