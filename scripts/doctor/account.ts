/** Findings of the account, for `postern doctor --account`. */
import type { Checkout } from '../../src/cli/checkout.ts'
import { environmentNamed } from '../deploy/environment.ts'
import { wrangler } from '../deploy/wrangler.ts'
import { deploymentFindings } from './deployment.ts'
import { wranglerFindings } from './wrangler.ts'

export const accountFindings: Checkout['accountFindings'] = async (variables, name) => {
  const environment = environmentNamed(name)
  return [
    ...(await wranglerFindings(wrangler, environment)),
    ...(await deploymentFindings(variables, wrangler, environment)),
  ]
}
