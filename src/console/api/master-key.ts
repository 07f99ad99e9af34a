/** The master key: what rests under which of its versions, and how all of it comes under the newest. */
import * as v from 'valibot'
import type { Resting } from '../../registry/backup/reseal.ts'
import type { RestingCounts } from '../../store/reseal.ts'
import { problem } from './problem.ts'
import { badParameters } from './input.ts'
import { type Route, answer, route } from './route.ts'

const Counts = v.record(v.string(), v.number())

const RestingAnswer = v.object({
  newest: v.pipe(v.number(), v.description('The version that seals now.')),
  versions: v.pipe(v.array(v.number()), v.description('All that are configured, newest first.')),
  resting: v.pipe(
    v.array(v.object({ what: v.string(), by_version: v.nullable(Counts) })),
    v.description('How many things rest under each version; null where there are too many to count at once.'),
  ),
  still_needed: v.pipe(
    v.array(v.number()),
    v.description(
      'Old versions that something counted here rests under. Queue, large deliveries and backups come on top.',
    ),
  ),
})

const StepAnswer = v.object({
  resealed: v.pipe(v.number(), v.description('How many things this step has sealed anew.')),
  broken: v.pipe(
    v.number(),
    v.description('Rows of this step that no configured key opens; left as they are.'),
  ),
  cursor: v.pipe(v.nullable(v.string()), v.description('Send it to go on; null when all was seen.')),
})

/** Before the store come the registry's own, which have no cursor. */
const REGISTRY_STEPS_MAX = 5

export const masterKey: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/master-key',
    id: 'getMasterKey',
    summary: 'What rests under which version of the master key. Reads every row: for when a key is changed.',
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
      'Seals some of what rests anew, under the newest master key. Call it with its cursor until that is null.',
    role: 'admin',
    again: 'Nothing more: what rests under the newest version already is left alone.',
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

/** More is left in the registry: the next call begins there again. */
const START = 'registry'

const DIFFERS = problem(
  'master_key_differs',
  'The gateway seals with another master key than the console: give all Workers the same MASTER_KEY first.',
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
