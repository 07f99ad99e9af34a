/** Plans what an operator asks for one secret of an owner. */
import type { SecretRequest } from '../rotation/contract.ts'
import { planActivate, planLink, planRevoke, planRotate } from '../rotation/plan-secret.ts'
import type { NotChanged } from '../sources/source.ts'
import type { Stored } from './owner.ts'
import type { Plan, PlanContext } from './plan.ts'

export function planSecret<Config>(
  before: Stored<Config>,
  request: SecretRequest,
  context: PlanContext<Config>,
): Plan<Config> | NotChanged | Promise<Plan<Config> | NotChanged> {
  const { kind, slot } = request
  if (kind === 'rotate') return planRotate(before, request, context)
  if (kind === 'activate') return planActivate(before, slot, request.version, request.graceSeconds, context)
  if (kind === 'revoke') return planRevoke(before, slot, request.version, request.force ?? false, context)
  return planLink(before, slot, request.version, request.link, context)
}
