/** Pages of sources. */
import type { PageRoute } from '../route.ts'
import { SOURCES } from './resource.ts'
import { showSignals } from './signals.tsx'
import { showSource } from './source.tsx'

export const sourcePages: readonly PageRoute[] = [
  { path: SOURCES.one, who: 'viewer', get: showSource },
  { path: `${SOURCES.one}/signals`, who: 'viewer', get: showSignals },
]
