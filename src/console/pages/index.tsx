/** The table of all pages: path, role, and what the forms do. */
import { type Handler, Hono } from 'hono'
import type { ConsoleContext, ConsoleHono } from '../context.ts'
import { RETRIEVAL_PATH } from '../retrieval.ts'
import type { Role } from '../../registry/operators/operators.ts'
import { ACCESS_FORMS, ACCESS_PATH, showAccess } from './access/index.tsx'
import { answerNotice } from './answer.tsx'
import { showChannel } from './channels/channel.tsx'
import { CHANNEL_FORMS } from './channels/forms.ts'
import { showChannels } from './channels/list.tsx'
import { CHANNELS_PATH } from './channels/path.ts'
import { showDashboard } from './dashboard.tsx'
import { showDestination } from './destinations/destination.tsx'
import { DESTINATION_FORMS } from './destinations/forms/index.ts'
import { showDocs } from './docs/index.tsx'
import { FORMS } from './forms.tsx'
import {
  withAllSources,
  withFormToken,
  withOwnForm,
  withRole,
  withSession,
  withSource,
  withStrangersForm,
} from './gate.tsx'
import { ICON } from './icon.ts'
import { INCIDENT_FORMS } from './incidents/forms.tsx'
import { showIncident } from './incidents/incident.tsx'
import { showIncidents } from './incidents/list.tsx'
import { INCIDENTS_PATH } from './incidents/path.ts'
import { enter, leave, showLogin } from './login.tsx'
import { showQuarantined } from './quarantined.tsx'
import { BACKUP_PATH, RECORD_PATH, backUpNow, showRecord } from './record.tsx'
import { retrieve, showRetrieve } from './retrieve.tsx'
import { revoke, showRevoke } from './revoke.tsx'
import { makeLink, rotate, showRotate } from './rotate.tsx'
import { showRequest } from './request.tsx'
import { showSignals } from './signals/signals.tsx'
import { showSource } from './source.tsx'
import { STYLE } from './style/index.ts'
import { showSuppress } from './suppress.tsx'

/** Kept for ever: the address changes with the contents. */
const FOR_EVER = 'public, max-age=31536000, immutable'
const FOR_A_DAY = 'public, max-age=86400'

const file = (text: string, type: string, caching: string) => (c: ConsoleContext) =>
  c.body(text, 200, { 'content-type': type, 'cache-control': caching })

export interface PageRoute {
  readonly path: string
  /** The least role, or anybody: then there is no session. */
  readonly who: Role | 'anybody'
  /** Whether it is about what belongs to no source. Pages under `/sources/:name` are about that one. */
  readonly allSources?: true
  readonly get?: Handler<ConsoleHono>
  /** Handler of the page's form. */
  readonly post?: Handler<ConsoleHono>
}

export const PAGES: readonly PageRoute[] = [
  { path: '/style.css', who: 'anybody', get: file(STYLE, 'text/css; charset=utf-8', FOR_EVER) },
  { path: '/icon.svg', who: 'anybody', get: file(ICON, 'image/svg+xml', FOR_A_DAY) },
  // For whoever holds a link; see SECURITY.md.
  { path: RETRIEVAL_PATH, who: 'anybody', get: showRetrieve, post: retrieve },
  { path: '/login', who: 'anybody', get: showLogin, post: enter },
  { path: '/logout', who: 'viewer', post: leave },
  { path: '/', who: 'viewer', get: showDashboard },
  { path: '/docs', who: 'viewer', get: showDocs },
  { path: ACCESS_PATH, who: 'viewer', get: showAccess },
  // Fixed paths before those that vary: `/quarantine/replay` is no delivery of that name.
  ...[...FORMS, ...ACCESS_FORMS, ...DESTINATION_FORMS, ...INCIDENT_FORMS, ...CHANNEL_FORMS].map(
    ({ act, role, ...rest }) => ({
      ...rest,
      who: role,
      post: act,
    }),
  ),
  { path: INCIDENTS_PATH, who: 'viewer', get: showIncidents },
  { path: `${INCIDENTS_PATH}/:number`, who: 'viewer', get: showIncident },
  { path: CHANNELS_PATH, who: 'viewer', allSources: true, get: showChannels },
  { path: `${CHANNELS_PATH}/:channel`, who: 'viewer', allSources: true, get: showChannel },
  { path: '/requests/:request_id', who: 'viewer', get: showRequest },
  { path: '/quarantine/:id', who: 'operator', get: showQuarantined },
  { path: RECORD_PATH, who: 'admin', allSources: true, get: showRecord },
  { path: BACKUP_PATH, who: 'admin', allSources: true, post: backUpNow },
  { path: '/suppressions/new', who: 'operator', allSources: true, get: showSuppress },
  { path: '/sources/:name', who: 'viewer', get: showSource },
  { path: '/sources/:name/signals', who: 'viewer', get: showSignals },
  { path: '/destinations/:destination', who: 'viewer', allSources: true, get: showDestination },
  ...secretPages({ path: '/sources/:name' }),
  ...secretPages({ path: '/destinations/:destination', allSources: true }),
]

/** Pages about the secrets of a source or a destination, under its path. */
function secretPages({ path, ...rest }: Pick<PageRoute, 'path' | 'allSources'>): PageRoute[] {
  const base = { ...rest, who: 'operator' } as const
  return [
    { ...base, path: `${path}/secrets/:slot/rotate`, get: showRotate, post: rotate },
    { ...base, path: `${path}/secrets/:slot/:version/link`, post: makeLink },
    { ...base, path: `${path}/secrets/:slot/:version/revoke`, get: showRevoke, post: revoke },
  ]
}

/** The middleware of a page: session, form token, role and scope. */
function gatesOf({ path, who, allSources }: PageRoute, method: 'get' | 'post'): Handler<ConsoleHono>[] {
  const isForm = method === 'post'
  if (who === 'anybody') return isForm ? [withStrangersForm] : []
  return [
    withSession,
    ...(isForm ? [withOwnForm, withFormToken] : []),
    withRole(who),
    ...(path.startsWith('/sources/:name') ? [withSource] : []),
    ...(allSources === true ? [withAllSources] : []),
  ]
}

export function pages(): Hono<ConsoleHono> {
  const app = new Hono<ConsoleHono>()
  for (const one of PAGES) {
    const { path } = one
    const named: Handler<ConsoleHono> = async (c, next) => {
      c.set('handler', path)
      await next()
    }
    for (const method of ['get', 'post'] as const) {
      const handler = one[method]
      if (handler !== undefined) app[method](path, named, ...gatesOf(one, method), handler)
    }
    const allow = [
      ...(one.get === undefined ? [] : ['GET', 'HEAD']),
      ...(one.post === undefined ? [] : ['POST']),
    ].join(', ')
    app.all(path, (c) => {
      c.header('allow', allow)
      return answerNotice(c, 405, 'Not that way', `This address takes ${allow}.`)
    })
  }
  return app
}
