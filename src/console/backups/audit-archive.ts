/**
 * A copy of the audit log outside the registry: its lines, and the head of each day. An attacker who rewrites the registry's
 * storage and has its keys must also rewrite this copy and the daily line in the Worker's log.
 */
import * as v from 'valibot'
import type { LogVerification } from '../../api/audit.ts'
import { parseJsonText } from '../../platform/json.ts'
import { toInstant } from '../../platform/time.ts'
import { type RequestContext } from '../request-context.ts'

export const LINES_FOLDER = 'audit/lines/'
export const HEADS_FOLDER = 'audit/heads/'

/** Lines in one call to the registry, in one object, and in one step of the verification. */
const LINES_AT_ONCE = 500

const HeadSchema = v.object({ seq: v.number(), mac: v.string(), at: v.string() })
type Anchor = v.InferOutput<typeof HeadSchema>
type Head = Pick<Anchor, 'seq' | 'mac'>

/** Archives new lines, and stores the head of the day as an anchor. @returns number of new lines */
export async function archive({ registry, backups, nowMs, log }: RequestContext): Promise<number> {
  const { base, head } = await registry.audit.heads()
  let from = Math.max(base.seq, await archivedSeq(backups))
  const first = from
  while (from < head.seq) {
    const lines = await registry.audit.after(from, LINES_AT_ONCE)
    const last = lines.at(-1)
    if (last === undefined) break
    await backups.put(lineKey(last.seq), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    from = last.seq
  }
  const at = toInstant(nowMs)
  const anchor: Anchor = { ...head, at }
  await backups.put(`${HEADS_FOLDER}${at.slice(0, 10)}.json`, JSON.stringify(anchor))
  log({ event: 'audit_head', count: head.seq, message: head.mac })
  return from - first
}

/** Verifies the whole log of the registry, and compares it with every anchor. */
export async function verifyLog({
  registry,
  backups,
}: Pick<RequestContext, 'registry' | 'backups'>): Promise<LogVerification> {
  const { base, head: last } = await registry.audit.heads()
  const anchors = await anchorsOf(backups)
  let head: Head = base
  while (head.seq < last.seq) {
    const walked = await registry.audit.verify(head, LINES_AT_ONCE)
    if (!walked.ok) return walked
    // Lines are missing before a later one. The next step would find nothing and repeat forever.
    if (walked.head.seq === head.seq) return { ok: false, seq: head.seq + 1, problem: 'missing' }
    const mismatch = await firstMismatch(anchors, head, walked.head, registry)
    if (mismatch !== undefined) return { ok: false, seq: mismatch.seq, problem: 'rewritten' }
    head = walked.head
  }
  const beyond = anchors.find(({ seq }) => seq > last.seq)
  if (beyond !== undefined) return { ok: false, seq: last.seq + 1, problem: 'cut_off' }
  return {
    ok: true,
    lines: last.seq - base.seq,
    anchors: anchors.length,
    head: { seq: last.seq, mac: last.mac },
  }
}

/** The first anchor of this range that differs from its line. */
async function firstMismatch(
  anchors: readonly Anchor[],
  after: Head,
  upTo: Head,
  registry: RequestContext['registry'],
): Promise<Anchor | undefined> {
  for (const anchor of anchors) {
    if (anchor.seq <= after.seq || anchor.seq > upTo.seq) continue
    const [line] = await registry.audit.after(anchor.seq - 1, 1)
    if (line?.mac !== anchor.mac) return anchor
  }
  return undefined
}

/** Oldest first. An unreadable anchor is skipped. */
async function anchorsOf(backups: R2Bucket): Promise<Anchor[]> {
  const anchors: Anchor[] = []
  let cursor: string | undefined
  do {
    const page = await backups.list({ prefix: HEADS_FOLDER, ...(cursor === undefined ? {} : { cursor }) })
    for (const { key } of page.objects) {
      const parsed = v.safeParse(HeadSchema, parseJsonText((await (await backups.get(key))?.text()) ?? ''))
      if (parsed.success) anchors.push(parsed.output)
    }
    cursor = page.truncated ? page.cursor : undefined
  } while (cursor !== undefined)
  return anchors
}

/** Keys decrease with the line number, so that a list begins with the newest. */
const LAST_SEQ = 999_999_999_999
const lineKey = (seq: number): string =>
  `${LINES_FOLDER}${String(LAST_SEQ - seq).padStart(12, '0')}-${seq}.jsonl`

/** The last line that the archive has; 0 if it has none. */
export async function archivedSeq(backups: R2Bucket): Promise<number> {
  const { objects } = await backups.list({ prefix: LINES_FOLDER, limit: 1 })
  return Number(/-([0-9]+)\.jsonl$/.exec(objects[0]?.key ?? '')?.[1] ?? 0)
}
