/**
 * Copies of the registry's erasures in the backups bucket. If the registry was lost, it adopts those that it does not know. A copy names
 * nobody: it has the blind index, for which one needs the master key.
 */
import * as v from 'valibot'
import { parseJsonText } from '../../platform/json.ts'
import type { Erasure } from '../../registry/erasures/erasure.ts'
import type { RequestContext } from '../request-context.ts'

export const ERASURES_FOLDER = 'erasures/'

const NUMBER_DIGITS = 12

/** More than anybody needs. A greater number is forged: the numbers after it would soon be too long. */
const NUMBER_MAX = 1_000_000_000

/** Copies that are read at once, and adopted in one call. */
const PAGE_COPIES = 100

const CopySchema = v.object({
  number: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(NUMBER_MAX)),
  person: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  erased_at: v.pipe(v.number(), v.integer()),
  keeps_suppression: v.boolean(),
})

/** Before anything is erased: an erasure of which there is no copy must not have changed anything. */
export async function keepCopy(
  { backups }: Pick<RequestContext, 'backups'>,
  { number, person, erasedAtMs, keepsSuppression }: Erasure,
): Promise<void> {
  const copy = { number, person, erased_at: erasedAtMs, keeps_suppression: keepsSuppression }
  await backups.put(keyOf(number), JSON.stringify(copy satisfies v.InferOutput<typeof CopySchema>))
}

/** How an adoption ended. */
export interface Adopted {
  readonly adopted: number
  /** The newest number of which there is a copy, also of one that cannot be read; 0 if the registry knows all. */
  readonly newest: number
  /** Copies that somebody has changed. The people that they are about may not be erased after a restore. */
  readonly damaged: number
}

/**
 * Gives the registry those copies that only the bucket has: with greater numbers than its newest. Numbers are given in order, so no
 * other can be missing.
 */
export async function adoptErasures({
  registry,
  backups,
}: Pick<RequestContext, 'registry' | 'backups'>): Promise<Adopted> {
  const sum = { adopted: 0, newest: 0, damaged: 0 }
  let startAfter = keyOf(await registry.erasures.newest())
  for (;;) {
    const page = await backups.list({ prefix: ERASURES_FOLDER, startAfter, limit: PAGE_COPIES })
    const copies = await Promise.all(page.objects.map(({ key }) => readCopy(backups, key)))
    const erasures = copies.filter((copy) => copy !== undefined)
    sum.damaged += copies.length - erasures.length
    if (erasures.length > 0) sum.adopted += await registry.erasures.adopt(erasures)
    const last = page.objects.at(-1)
    if (last === undefined) return sum
    sum.newest = Math.max(sum.newest, numberIn(last.key))
    if (!page.truncated) return sum
    startAfter = last.key
  }
}

async function readCopy(backups: R2Bucket, key: string): Promise<Erasure | undefined> {
  const object = await backups.get(key)
  const parsed = v.safeParse(CopySchema, parseJsonText((await object?.text()) ?? ''))
  if (!parsed.success || keyOf(parsed.output.number) !== key) return undefined
  const { number, person, erased_at: erasedAtMs, keeps_suppression: keepsSuppression } = parsed.output
  return { number, person, erasedAtMs, keepsSuppression }
}

/** 0 for a key that is none of ours. */
function numberIn(key: string): number {
  const number = Number(/(?<digits>[0-9]{12})\.json$/.exec(key)?.groups?.['digits'] ?? 0)
  return number > NUMBER_MAX ? 0 : number
}

const keyOf = (number: number): string =>
  `${ERASURES_FOLDER}${String(number).padStart(NUMBER_DIGITS, '0')}.json`
