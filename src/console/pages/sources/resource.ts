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

/** @param last the span of time that it shows; absent for the last day */
export const signalsPath = (name: string, last?: string): string =>
  `${SOURCES.pathOf(name)}/signals${last === undefined ? '' : `?last=${last}`}`
