/** Ids of backups: `20261125T143000123Z`. They sort by their time. */
import { rfc3339Ms, toInstant } from '../../platform/time.ts'

export const idOf = (madeAtMs: number): string => toInstant(madeAtMs).replaceAll(/[-:.]/g, '')

/** 0 if it is no id. */
export const madeAtMsOf = (id: string): number =>
  rfc3339Ms(id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/, '$1-$2-$3T$4:$5:$6.$7Z')) ?? 0
