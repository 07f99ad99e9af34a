/** Handlers of the suppression policy. */
import { ADDRESS_FORM, readAddress } from '../../api/address.ts'
import { policyRoutes } from '../../api/policy.ts'
import { type Problem, problem } from '../../api/problem.ts'
import type { DocumentProblem } from '../../platform/document-problems.ts'
import { readPolicy } from '../../store/policy/document.ts'
import { readPolicyInForce } from '../../store/policy/take.ts'
import { explanation, judgeOn, plannedPolicy, savedPolicy, takePolicy } from '../policy.ts'
import { NO_VERSION, underConditions } from './conditions.ts'
import { badParameters } from './input.ts'
import { tagged } from './owners.ts'
import { answer, bindRoutes } from './route.ts'

export const policy = bindRoutes(policyRoutes, {
  async getPolicy(_input, { store }) {
    const stored = await readPolicyInForce(store)
    return answer(savedPolicy(stored), 200, taggedIfTaken(stored.version))
  },

  async planPolicy({ body }, context) {
    const read = readPolicy(body)
    return read.ok ? answer(await plannedPolicy(context, read.policy)) : invalid(read.problems)
  },

  async putPolicy({ body, query: { confirm }, conditions }, context) {
    const read = readPolicy(body)
    if (!read.ok) return invalid(read.problems)
    const present = { find: () => readPolicyInForce(context.store) }
    const taken = await underConditions(conditions, present, 'policy', (expected) =>
      takePolicy(context, read.policy, expected, confirm === 'yes'),
    )
    if (taken.ok) {
      const { people, on, off } = taken.effect
      const { stored } = taken
      return answer({ ...savedPolicy(stored), people, on, off }, 200, taggedIfTaken(stored.version))
    }
    return taken.code === 'version_conflict'
      ? problem(
          'version_conflict',
          `The policy is now at version ${taken.version}: read it again. Nothing was changed.`,
        )
      : CONFIRMATION_NEEDED
  },

  async judgePolicy(_input, context) {
    const { people, on, off, isDone } = await judgeOn(context)
    return answer({ people, on, off, is_judged: isDone })
  },

  async explainPolicy({ params }, context) {
    const address = readAddress(params.address)
    if (address === undefined) return badParameters([{ path: 'address', problem: ADDRESS_FORM }])
    return answer(await explanation(context, address))
  },
})

/** No entity tag before a document was taken. */
const taggedIfTaken = (version: number) => (version === NO_VERSION ? {} : tagged(version))

const CONFIRMATION_NEEDED = problem(
  'confirmation_needed',
  'This would suppress, or no longer suppress, more than a twentieth of the people. Nothing was changed: look at the plan, and say confirm=yes.',
)

function invalid(problems: readonly DocumentProblem[]): Problem {
  const paths = problems.map(({ path }) => path || 'document').join(', ')
  return problem('document_invalid', `The policy was not taken: ${paths}.`, { problems })
}
