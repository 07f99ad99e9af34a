/** Names of the sources that the reader sees, for the choice in a filter. */
import { sees } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import type { Filter } from '../filters.tsx'
import { optionsOf } from '../options.ts'

export async function sourceNames(context: RequestContext): Promise<readonly string[]> {
  const sources = await answered(context, 'registry', () => context.registry.sources.list())
  return (sources ?? []).map(({ name }) => name).filter((name) => sees(context.actor, name))
}

export const sourceFilter = async (c: ConsoleContext): Promise<readonly Filter[]> => [
  {
    name: 'source',
    label: 'Source',
    options: optionsOf(await sourceNames(c.get('context'))),
  },
]
