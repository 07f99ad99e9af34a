/** A secret text: an HMAC key, an API key, a bearer token. */
import { type KindOfSecret, accept, wrong } from '../kind.ts'
import { textProblem } from '../text-problem.ts'

export const text: KindOfSecret = {
  check(value) {
    const problem = textProblem(value)
    return problem === undefined ? accept({ kind: 'text', text: value as string }) : wrong(problem)
  },
}
