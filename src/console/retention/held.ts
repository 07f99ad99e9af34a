/** Holds, as the kinds of retention look for them. */
import type { Hold } from '../../registry/retention/document.ts'
import type { Store } from '../../store/store.ts'
import type { Held, KindTask } from './kind.ts'

export async function heldBy(holds: readonly Hold[], { people }: Pick<Store, 'people'>): Promise<Held> {
  const addresses = holds.flatMap(({ person }) => (person === null ? [] : [person]))
  return {
    sources: holds.flatMap(({ source }) => (source === null ? [] : [source])),
    people: await Promise.all(addresses.map((address) => people.indexOf(address))),
  }
}

/** Whether nothing of the kind goes. */
export function isStopped({ holds }: Pick<KindTask, 'holds'>, { sources, people }: Held): boolean {
  if (holds === 'any stops') return sources.length + people.length > 0
  return holds === 'person stops' && people.length > 0
}

/** Whether some or all of the kind stays. */
export const isHeld = ({ holds }: Pick<KindTask, 'holds'>, { sources, people }: Held): boolean =>
  sources.length > 0 || (people.length > 0 && holds !== 'by source')
