/** Names of actors, in words for people. */
import type { TokenView } from '../../registry/operators/operator.ts'
import type { Actor } from '../access/actor.ts'

/** Names of tokens by the actor that they make: `token:<id>`. */
export type TokenNames = ReadonlyMap<string, string>

export const tokenNames = (tokens: readonly Pick<TokenView, 'id' | 'name'>[]): TokenNames =>
  new Map(tokens.map(({ id, name }) => [`token:${id}`, name]))

/** The name of an actor: a person's address, the name of a token with its id behind it, else what the audit log says. */
export function actorName(actor: string, names: TokenNames = new Map()): string {
  if (actor.startsWith('access:')) return actor.slice('access:'.length)
  const name = names.get(actor)
  const shown = actor.replace(':', ' ')
  return name === undefined ? shown : `${name} (${shown})`
}

/** The name, with the role unless the name says it already. */
export function whoWord({ actor, role, name }: Omit<Actor, 'sources'>, names?: TokenNames): string {
  const shown = name ?? actorName(actor, names)
  return shown === role || role === null ? shown : `${shown}, ${role}`
}

export function sourcesWord(sources: readonly string[] | null): string {
  if (sources === null) return 'all sources'
  return sources.length === 0 ? 'no sources' : sources.join(', ')
}
