/** Sources as a resource of the pages. */
import { notices } from '../notices.ts'
import { resource } from '../resource.ts'

export const SOURCES = resource({
  path: '/sources',
  param: 'name',
  find: (c, name) => c.get('context').registry.sources.find(name),
  keyOf: ({ name }) => name,
  unknown: ['No such source', 'There is no source with this name. It may have been removed.'],
  notices: notices({ good: {}, bad: {} }),
})

export const signalsPath = (name: string): string => `${SOURCES.pathOf(name)}/signals`
