/** A deployment that cannot continue. The message tells the operator what to do. */
export class DeployProblem extends Error {
  override readonly name = 'DeployProblem'
}
