/**
 * The audit log outside of the registry: its lines, and each day where it stood. Whoever could rewrite the registry's storage
 * together with its keys would still have to rewrite these, and the daily line in the Worker's log.
 */
import * as v from 'valibot'
import { parseJsonText } from '../../platform/json.ts'
import { toInstant } from '../../platform/time.ts'
import { type RequestContext } from '../request-context.ts'

const LINES_FOLDER = 'audit/lines/'
const HEADS_FOLDER = 'audit/heads/'

/** One call, one object, and one step of a walk. */
const LINES_AT_ONCE = 500

const HeadSchema = v.strictObject({ seq: v.number(), mac: v.string(), at: v.string() })
type Anchor = v.InferOutput<typeof HeadSchema>
type Head = Pick<Anchor, 'seq' | 'mac'>

/** Archives what is new, and anchors the day's head. @returns how many lines were new */
export async function archive({ registry, backups, nowMs, log }: RequestContext): Promise<number> {
  const { base, head } = await registry.auditHeads()
  let from = Math.max(base.seq, await archivedSeq(backups))
  const first = from
  while (from < head.seq) {
    const lines = await registry.auditAfter(from, LINES_AT_ONCE)
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

export type Verified =
  | { readonly ok: true; readonly lines: number; readonly anchors: number; readonly head: Head }
  | {
      readonly ok: false
      readonly seq: number
      /**
       * The chain's own problems; `cut_off`: an anchor names a line after the last one; `rewritten`: the line that an anchor
       * names is another one by now.
       */
      readonly problem: 'missing' | 'misplaced' | 'changed' | 'cut_off' | 'rewritten'
    }

/** Walks the whole log of the registry, and compares it with every anchor. */
export async function verifyLog({
  registry,
  backups,
}: Pick<RequestContext, 'registry' | 'backups'>): Promise<Verified> {
  const { base, head: last } = await registry.auditHeads()
  const anchors = await anchorsOf(backups)
  let head: Head = base
  while (head.seq < last.seq) {
    const walked = await registry.verifyAudit(head, LINES_AT_ONCE)
    if (!walked.ok) return walked
    // Lines are gone although a later one is there: the next step would find nothing.
    if (walked.head.seq === head.seq) return { ok: false, seq: head.seq + 1, problem: 'missing' }
    const off = await firstOff(anchors, head, walked.head, registry)
    if (off !== undefined) return { ok: false, seq: off.seq, problem: 'rewritten' }
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

/** The first anchor within a stretch whose line is another one. */
async function firstOff(
  anchors: readonly Anchor[],
  after: Head,
  upTo: Head,
  registry: RequestContext['registry'],
): Promise<Anchor | undefined> {
  for (const anchor of anchors) {
    if (anchor.seq <= after.seq || anchor.seq > upTo.seq) continue
    const [line] = await registry.auditAfter(anchor.seq - 1, 1)
    if (line?.mac !== anchor.mac) return anchor
  }
  return undefined
}

/** By age. An anchor that cannot be read is no anchor: it is found by its absence. */
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

/** Keys fall from new to old, so that the newest is the first of a list. */
const LAST_SEQ = 999_999_999_999
const lineKey = (seq: number): string =>
  `${LINES_FOLDER}${String(LAST_SEQ - seq).padStart(12, '0')}-${seq}.jsonl`

async function archivedSeq(backups: R2Bucket): Promise<number> {
  const { objects } = await backups.list({ prefix: LINES_FOLDER, limit: 1 })
  return Number(/-([0-9]+)\.jsonl$/.exec(objects[0]?.key ?? '')?.[1] ?? 0)
}
