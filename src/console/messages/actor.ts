/** Who somebody is, as a person says it. */
import type { Actor } from '../access/actor.ts'

/** `admin`, or the address of a person, or the token, with the role where that is not told by the name. */
export function whoWord({ actor, role }: Pick<Actor, 'actor' | 'role'>): string {
  const name = actor.startsWith('access:') ? actor.slice('access:'.length) : actor.replace(':', ' ')
  return name === role || role === null ? name : `${name}, ${role}`
}

export const sourcesWord = (sources: readonly string[] | null): string =>
  sources === null ? 'all sources' : sources.join(', ')
