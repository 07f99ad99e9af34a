/** Pages of sources. */
import type { PageRoute } from '../route.ts'
import { sourceList } from './list.tsx'
import { NEW_SOURCE, SOURCES } from './resource.ts'
import { close, open } from './open-setup.tsx'
import { pause, resume } from './pause.tsx'
import { removePage, settingsPage } from './settings.tsx'
import { showSignals } from './signals.tsx'
import { leadToSecret, saveSecret, showArrival, showSetup } from './setup.tsx'
import { newPage, showNew } from './new.tsx'
import { showSecrets, showSource } from './source.tsx'
import { downloadCaptured } from './captured.ts'

export const sourcePages: readonly PageRoute[] = [
  sourceList.route,
  // Before the pages of one source: none of them is named `new`.
  { path: NEW_SOURCE, who: 'operator', allSources: true, get: showNew },
  { path: `${NEW_SOURCE}/:provider`, who: 'operator', allSources: true, ...newPage },
  { path: SOURCES.one, who: 'viewer', get: showSource },
  { path: `${SOURCES.one}/signals`, who: 'viewer', get: showSignals },
  { path: `${SOURCES.one}/settings`, who: 'operator', ...settingsPage },
  { path: `${SOURCES.one}/remove`, who: 'operator', ...removePage },
  { path: `${SOURCES.one}/pause`, who: 'operator', post: pause },
  { path: `${SOURCES.one}/resume`, who: 'operator', post: resume },
  { path: `${SOURCES.one}/secrets`, who: 'viewer', get: showSecrets },
  { path: `${SOURCES.one}/setup`, who: 'viewer', get: showSetup },
  { path: `${SOURCES.one}/setup/arrival`, who: 'viewer', get: showArrival },
  { path: `${SOURCES.one}/setup/secret`, who: 'operator', get: leadToSecret, post: saveSecret },
  { path: `${SOURCES.one}/setup/open`, who: 'operator', post: open },
  { path: `${SOURCES.one}/setup/close`, who: 'operator', post: close },
  { path: `${SOURCES.one}/captured/:request_id`, who: 'operator', get: downloadCaptured },
]
