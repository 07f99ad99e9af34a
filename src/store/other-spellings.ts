/**
 * People whose recipient earlier versions stored as it came: `Ada <ada@example.com>`, a list, quoted, with `mailto:`. Providers give bare
 * addresses now, so there are no new ones.
 */
import type { KeyRow } from './keys.ts'
import { addressesIn } from './named-people.ts'
import type { Store } from './store.ts'

/** Opening one takes some 50 µs. In a store of more people, the rest is not searched. */
const READ_MAX = 50_000
const PAGE_ROWS = 5_000

/** Erasures often come as a list. */
const KNOWN_MS = 600_000

/** A stored recipient that is no bare address. */
export interface OtherSpelling {
  readonly index: string
  /** As it is stored. */
  readonly address: string
  /** Normalized. */
  readonly names: ReadonlySet<string>
}

const known = new WeakMap<
  Store['people'],
  { readonly atMs: number; readonly all: readonly OtherSpelling[] }
>()

/** Spellings that name an address, which is normalized. */
export async function spellingsOf(
  store: Store,
  address: string,
  nowMs: number,
): Promise<readonly OtherSpelling[]> {
  let read = known.get(store.people)
  if (read === undefined || nowMs - read.atMs > KNOWN_MS) {
    read = { atMs: nowMs, all: await readAll(store) }
    known.set(store.people, read)
  }
  return read.all.filter(({ names }) => names.has(address))
}

const READ = `
  SELECT lower(hex(recipient)) AS recipient, lower(hex(wrapped_key)) AS wrapped_key FROM recipients
  WHERE recipient > unhex(?1) ORDER BY recipient LIMIT ${PAGE_ROWS}`

async function readAll({ db, people }: Store): Promise<readonly OtherSpelling[]> {
  const all: OtherSpelling[] = []
  for (let after = '', count = 0; count < READ_MAX; count += PAGE_ROWS) {
    const { results } = await db.prepare(READ).bind(after).all<KeyRow>()
    for (const { recipient: index, wrapped_key } of results) {
      const { address = '' } = (await people.find(index, wrapped_key)) ?? {}
      if (/^[^\s<>"',;:()]+$/.test(address)) continue
      const names = addressesIn(address).addresses
      if (!names.has(address)) all.push({ index, address, names })
    }
    if (results.length < PAGE_ROWS) break
    after = results.at(-1)?.recipient ?? after
  }
  return all
}
