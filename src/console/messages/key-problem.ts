/** The master keys of all Workers, as the console's health tells them. */
import type { Health } from '../../api/health.ts'
import type { Frozen } from '../../api/route.ts'

export type WorkerKeys = Health['master_keys'][number]

const WHAT: Readonly<Record<WorkerKeys['unreadable'][number], string>> = {
  secrets: 'the secrets of sources',
  audit_key: "the audit log's key",
  store_keys: "the store's keys",
}

/** One sentence, or null if all Workers have the same keys and those open what is stored. */
export function keyProblem(workers: Frozen<readonly WorkerKeys[]>): string | null {
  const silent = workers.filter(({ keys }) => keys === null).map(({ worker }) => worker)
  if (silent.length > 0)
    return `No master key is known of ${silent.join(', ')}: MASTER_KEY is malformed there, or it is down.`
  const shut = workers.filter(({ unreadable }) => unreadable.length > 0)
  if (shut.length > 0)
    return shut
      .map(
        ({ worker, keys, unreadable }) =>
          `MASTER_KEY of the ${worker} (${keys?.join(', ')}) does not open ${unreadable.map((kind) => WHAT[kind]).join(' and ')}.`,
      )
      .join(' ')
  const differ = new Set(workers.map(({ keys }) => keys?.join()))
  if (differ.size > 1)
    return `The Workers have different master keys: ${workers.map(({ worker, keys }) => `${worker} ${keys?.join(', ')}`).join('; ')}.`
  return null
}
