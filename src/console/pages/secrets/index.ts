/** Pages about the secrets of a source or a destination, under its path. */
import { DESTINATIONS } from '../destinations/resource.ts'
import type { PageRoute } from '../route.ts'
import { SOURCES } from '../sources/resource.ts'
import { makeLink, revokePage, rotatePage } from './change.tsx'

const pagesUnder = ({ path, ...rest }: Pick<PageRoute, 'path' | 'allSources'>): PageRoute[] => {
  const base = { ...rest, who: 'operator' } as const
  return [
    { ...base, kind: 'dialog', path: `${path}/secrets/:slot/rotate`, ...rotatePage },
    { ...base, path: `${path}/secrets/:slot/:version/link`, post: makeLink },
    { ...base, kind: 'dialog', path: `${path}/secrets/:slot/:version/revoke`, ...revokePage },
  ]
}

export const secretPages: readonly PageRoute[] = [
  ...pagesUnder({ path: SOURCES.one }),
  ...pagesUnder({ path: DESTINATIONS.one, allSources: true }),
]
