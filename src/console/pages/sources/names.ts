/** Names of the sources that the reader sees, for the choice in a filter or a form. */
import { sees } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import type { Filter } from '../filters.tsx'
import { optionsOf } from '../options.ts'
import type { Finder } from '../route.ts'

export async function sourceNames(context: RequestContext): Promise<readonly string[]> {
  const sources = await answered(context, 'registry', () => context.registry.sources.list())
  return (sources ?? []).map(({ name }) => name).filter((name) => sees(context.actor, name))
}

/** For a form about nothing that is stored, which lets choose among them. */
export const withSourceNames: Finder<readonly string[]> = (work) => async (c) =>
  work(c, await sourceNames(c.get('context')))

export const sourceFilter = async (c: ConsoleContext): Promise<readonly Filter[]> => [
  {
    name: 'source',
    label: 'Source',
    options: optionsOf(await sourceNames(c.get('context'))),
  },
]
