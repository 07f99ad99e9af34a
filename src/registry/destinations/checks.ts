/** Stand-ins until `src/event/filter/` and `destinationUrlProblems` are there. */
import { isObject } from '../../platform/json.ts'
import { outboundUrlProblem } from '../../platform/outbound-url.ts'
import type { DocumentProblem } from '../sources/source.ts'

export interface UrlPolicy {
  readonly allowPrivate: boolean
  readonly ownHosts: readonly string[]
}

const PRIVATE = /^(?:localhost|127\.|10\.|192\.168\.|\[::1\])/

export function destinationUrlProblems(
  text: string,
  { allowPrivate, ownHosts }: UrlPolicy,
): readonly string[] {
  if (URL.canParse(text)) {
    const { hostname, host, protocol } = new URL(text)
    if (ownHosts.includes(host)) return ['Must not be a host of this installation.']
    if (PRIVATE.test(hostname))
      return allowPrivate && /^https?:$/.test(protocol) ? [] : ['Must be on the public internet.']
  }
  const problem = outboundUrlProblem(text)
  return problem === undefined ? [] : [problem]
}

export function filterProblems(value: unknown, path: string): readonly DocumentProblem[] {
  return isObject(value) ? [] : [{ path, problem: 'Must be an object.' }]
}
