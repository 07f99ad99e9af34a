/** A deployment that cannot go on; the message says what to do, to the person who ran it. */
export class DeployProblem extends Error {
  override readonly name = 'DeployProblem'
}
