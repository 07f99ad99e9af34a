/** The master key: which data is sealed with which version, and how to reseal all of it with the newest. */
import * as v from 'valibot'
import type { Resting } from '../../registry/backup/reseal.ts'
import type { RestingCounts } from '../../store/reseal.ts'
import { problem } from '../../api/problem.ts'
import { badParameters } from './input.ts'
import { type Route, answer, route } from './route.ts'

const Counts = v.record(v.string(), v.number())

const RestingAnswer = v.object({
  newest: v.pipe(v.number(), v.description('The version that seals new data.')),
  versions: v.pipe(v.array(v.number()), v.description('All configured versions, newest first.')),
  resting: v.pipe(
    v.array(v.object({ what: v.string(), by_version: v.nullable(Counts) })),
    v.description('How many items are sealed with each version. Null if there are too many to count.'),
  ),
  still_needed: v.pipe(
    v.array(v.number()),
    v.description(
      'Old versions that still seal items counted here. Queue, large deliveries and backups are not counted.',
    ),
  ),
})

const StepAnswer = v.object({
  resealed: v.pipe(v.number(), v.description('How many items this step resealed.')),
  broken: v.pipe(
    v.number(),
    v.description('Items of this step that no configured key opens. They are left unchanged.'),
  ),
  cursor: v.pipe(
    v.nullable(v.string()),
    v.description('Send it with the next call. Null when all items are done.'),
  ),
})

/** Steps of the registry in one call. Its items are resealed before those of the store, and have no cursor. */
const REGISTRY_STEPS_MAX = 5

export const masterKey: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/master-key',
    id: 'getMasterKey',
    summary:
      'Counts items by the version of the master key that seals them. Reads every row: use it when changing the key.',
    role: 'admin',
    answer: RestingAnswer,
    async handler(_input, { registry, resealable, inspected }) {
      const [own, store] = await Promise.all([registry.resting(), resealable.counts()])
      const resting = restingAnswer(own, store)
      const versions = [...inspected.masterVersions]
      const used = new Set(resting.flatMap(({ by_version }) => Object.keys(by_version ?? {}).map(Number)))
      const [newest = own.newest, ...old] = versions
      const uncounted = resting.some(({ by_version }) => by_version === null)
      return answer({
        newest,
        versions,
        resting,
        still_needed: old.filter((version) => uncounted || used.has(version)),
      })
    },
  }),
  route({
    method: 'POST',
    path: '/api/master-key/reseal',
    id: 'resealStep',
    summary:
      'Reseals some items with the newest master key. Repeat with the returned cursor until it is null.',
    role: 'admin',
    again: 'Skips items that are already sealed with the newest version.',
    body: v.strictObject({ cursor: v.optional(v.nullable(v.string()), null) }),
    answer: StepAnswer,
    problems: ['master_key_differs', 'parameter_invalid'],
    async handler({ body: { cursor } }, { registry, resealable, inspected, who }) {
      if (cursor !== null && cursor !== START) return stepAnswer(await resealable.step(cursor))
      const { newest } = await registry.resting()
      if (newest !== inspected.masterVersions[0]) return DIFFERS
      await registry.note(
        { action: 'master_key.resealed', target: 'master-key', before: null, after: { newest } },
        who,
      )
      let resealed = 0
      for (let step = 0; step < REGISTRY_STEPS_MAX; step++) {
        const some = await registry.reseal()
        resealed += some.resealed
        if (some.resealed === 0) {
          const first = await resealable.step(null)
          return stepAnswer(
            first && {
              ...first,
              resealed: first.resealed + resealed,
              broken: first.broken + some.broken,
            },
          )
        }
      }
      return answer({ resealed, broken: 0, cursor: START })
    },
  }),
]

/** The cursor if items of the registry are left: the next call begins there again. */
const START = 'registry'

const DIFFERS = problem(
  'master_key_differs',
  'The gateway and the console have different master keys. Set the same MASTER_KEY for all Workers first.',
)

const stepAnswer = (step: v.InferOutput<typeof StepAnswer> | undefined) =>
  step === undefined
    ? badParameters([{ path: 'cursor', problem: 'Must be the cursor of an earlier answer.' }])
    : answer(step)

const restingAnswer = (own: Resting, store: RestingCounts) => [
  { what: 'secrets', by_version: { ...own.secrets } },
  { what: 'audit_key', by_version: { ...own.auditKey } },
  ...Object.entries(store).map(([what, counts]) => ({
    what,
    by_version: counts === null ? null : { ...counts },
  })),
]
