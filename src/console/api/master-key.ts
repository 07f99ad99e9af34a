/** Handlers of the master key. */
import { type ResealStep, masterKeyRoutes } from '../../api/master-key.ts'
import type { Resting } from '../../registry/backup/master-key.ts'
import type { RestingCounts } from '../../store/reseal.ts'
import { problem } from '../../api/problem.ts'
import { badParameters } from './input.ts'
import { answer, bindRoutes } from './route.ts'

/** Steps of the registry in one call. Its items are resealed before those of the store, and have no cursor. */
const REGISTRY_STEPS_MAX = 5

export const masterKey = bindRoutes(masterKeyRoutes, {
  async getMasterKey(_input, { registry, resealable, inspected }) {
    const [own, store] = await Promise.all([registry.masterKeys.secretsByVersion(), resealable.counts()])
    const resting = restingAnswer(own, store)
    const versions = inspected.masterVersions
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

  async resealStep({ body: { cursor } }, { registry, resealable, inspected, who }) {
    if (cursor !== null && cursor !== START) return stepAnswer(await resealable.step(cursor))
    const { newest } = await registry.masterKeys.secretsByVersion()
    if (newest !== inspected.masterVersions[0]) return DIFFERS
    await registry.audit.note(
      { action: 'master_key.resealed', target: 'master-key', before: null, after: { newest } },
      who,
    )
    let resealed = 0
    for (let step = 0; step < REGISTRY_STEPS_MAX; step++) {
      const some = await registry.masterKeys.reseal()
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
})

/** The cursor if items of the registry are left: the next call begins there again. */
const START = 'registry'

const DIFFERS = problem(
  'master_key_differs',
  'The gateway and the console have different master keys. Set the same MASTER_KEY for all Workers first.',
)

const stepAnswer = (step: ResealStep | undefined) =>
  step === undefined
    ? badParameters([{ path: 'cursor', problem: 'Must be the cursor of an earlier answer.' }])
    : answer(step)

const restingAnswer = (own: Resting, store: RestingCounts) => [
  { what: 'secrets', by_version: own.secrets },
  { what: 'audit_key', by_version: own.auditKey },
  ...Object.entries(store).map(([what, counts]) => ({ what, by_version: counts })),
]
