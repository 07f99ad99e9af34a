/** Pages of sources. */
import type { PageRoute } from '../route.ts'
import { sourceList } from './list.tsx'
import { SOURCES } from './resource.ts'
import { showSignals } from './signals.tsx'
import { showSource } from './source.tsx'

export const sourcePages: readonly PageRoute[] = [
  sourceList.route,
  { path: SOURCES.one, who: 'viewer', get: showSource },
  { path: `${SOURCES.one}/signals`, who: 'viewer', get: showSignals },
]
