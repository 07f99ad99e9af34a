/** Pages of sources. */
import { moved } from '../moved.ts'
import type { PageRoute } from '../route.ts'
import { beginBackfill, resumeBackfill, showBackfill, stopBackfill } from './backfill.tsx'
import { begin, downloadCaptured, endPage, showCapture } from './capture.tsx'
import { sourceList } from './list.tsx'
import { newPage, showNew } from './new.tsx'
import { close, open } from './open-setup.tsx'
import { showOverview } from './overview.tsx'
import { mendPage } from './mend.tsx'
import { pausePage, resume } from './pause.tsx'
import { NEW_SOURCE, SOURCES } from './resource.ts'
import { sendSample } from './sample.tsx'
import { removePage, settingsPage } from './settings.tsx'
import { leadToSecret, saveSecret, showArrival, showSetup } from './setup.tsx'

const { one } = SOURCES

export const sourcePages: readonly PageRoute[] = [
  sourceList.route,
  // Before the pages of one source: none of them is named `new`.
  { path: NEW_SOURCE, who: 'operator', allSources: true, get: showNew },
  { path: `${NEW_SOURCE}/:provider`, kind: 'dialog', who: 'operator', allSources: true, ...newPage },
  { path: one, who: 'viewer', get: showOverview },
  moved(`${one}/signals`, one),
  moved(`${one}/activity`, '/activity?show=accepted&source=:name'),
  moved(`${one}/secrets`, `${one}/settings#secrets`),
  { path: `${one}/settings`, kind: 'tab', who: 'viewer', get: settingsPage.get },
  // Its form asks for a higher role.
  { path: `${one}/settings/edit`, kind: 'dialog', who: 'operator', ...settingsPage },
  { path: `${one}/remove`, kind: 'dialog', who: 'operator', ...removePage },
  { path: `${one}/pause`, kind: 'dialog', who: 'operator', ...pausePage },
  { path: `${one}/mend`, kind: 'dialog', who: 'operator', ...mendPage },
  { path: `${one}/resume`, who: 'operator', post: resume },
  { path: `${one}/backfill`, kind: 'dialog', who: 'operator', get: showBackfill, post: beginBackfill },
  { path: `${one}/backfill/stop`, who: 'operator', post: stopBackfill },
  { path: `${one}/backfill/resume`, who: 'operator', post: resumeBackfill },
  { path: `${one}/setup`, kind: 'tab', who: 'viewer', get: showSetup },
  { path: `${one}/setup/arrival`, kind: 'part', who: 'viewer', get: showArrival },
  { path: `${one}/setup/secret`, kind: 'dialog', who: 'operator', get: leadToSecret, post: saveSecret },
  { path: `${one}/setup/sample`, who: 'operator', post: sendSample },
  { path: `${one}/setup/open`, who: 'operator', post: open },
  { path: `${one}/setup/close`, who: 'operator', post: close },
  { path: `${one}/capture`, kind: 'dialog', who: 'viewer', get: showCapture },
  { path: `${one}/capture/begin`, who: 'operator', post: begin },
  { path: `${one}/capture/end`, kind: 'dialog', who: 'operator', ...endPage },
  { path: `${one}/captured/:request_id`, kind: 'file', who: 'operator', get: downloadCaptured },
]
