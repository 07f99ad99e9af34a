/** Walks the chain: finds the first place at which the log is not what was written. */
import { fromHex } from '../../platform/bytes.ts'
import { isObject, parseJsonText } from '../../platform/json.ts'
import { type AuditHead, type AuditLine, macCovers } from './chain.ts'

export const CHAIN_PROBLEMS = ['missing', 'misplaced', 'changed'] as const
export type ChainProblem = (typeof CHAIN_PROBLEMS)[number]

export type Walked =
  /** Everything up to the head follows from what was before. */
  | { readonly ok: true; readonly head: AuditHead }
  /**
   * The first line that does not follow. `missing`: the line of this number is not there. `misplaced`: another line stands in
   * its place. `changed`: it, or the line before it, is not what was written.
   */
  | { readonly ok: false; readonly seq: number; readonly problem: ChainProblem }

/** @param from the head that the first line follows */
export async function walk(from: AuditHead, lines: readonly AuditLine[], key: CryptoKey): Promise<Walked> {
  let head = from
  for (const { seq, text, mac } of lines) {
    const expected = head.seq + 1
    if (seq !== expected)
      return { ok: false, seq: expected, problem: seq > expected ? 'missing' : 'misplaced' }
    const entry = parseJsonText(text)
    if (!isObject(entry) || entry['seq'] !== seq) return { ok: false, seq, problem: 'misplaced' }
    const tag = fromHex(mac)
    if (tag === undefined || !(await macCovers(tag, head.mac, text, key)))
      return { ok: false, seq, problem: 'changed' }
    head = { seq, mac }
  }
  return { ok: true, head }
}
