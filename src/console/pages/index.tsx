/** What people look at: which page is where, who gets to see it, and what its forms do. */
import { type Handler, Hono } from 'hono'
import type { ConsoleContext, ConsoleHono } from '../context.ts'
import { RETRIEVAL_PATH } from '../retrieval.ts'
import { answerNotice } from './answer.tsx'
import { showDashboard } from './dashboard.tsx'
import { showDocs } from './docs/index.tsx'
import { FORMS } from './forms.tsx'
import { withAllSources, withFormToken, withOwnForm, withRole, withSession, withSource } from './gate.tsx'
import { ICON } from './icon.ts'
import { enter, leave, showLogin } from './login.tsx'
import { showQuarantined } from './quarantined.tsx'
import { BACKUP_PATH, RECORD_PATH, backUpNow, showRecord } from './record.tsx'
import { retrieve, showRetrieve } from './retrieve.tsx'
import { revoke, showRevoke } from './revoke.tsx'
import { makeLink, rotate, showRotate } from './rotate.tsx'
import { showSource } from './source.tsx'
import { STYLE } from './style.ts'
import { showSuppress } from './suppress.tsx'

/** Kept for ever: the address changes with the contents. */
const FOR_EVER = 'public, max-age=31536000, immutable'
const FOR_A_DAY = 'public, max-age=86400'

const file = (text: string, type: string, caching: string) => (c: ConsoleContext) =>
  c.body(text, 200, { 'content-type': type, 'cache-control': caching })

interface PageRoute {
  readonly path: string
  readonly get?: readonly Handler<ConsoleHono>[]
  readonly post?: readonly Handler<ConsoleHono>[]
}

const PAGES: readonly PageRoute[] = [
  { path: '/style.css', get: [file(STYLE, 'text/css; charset=utf-8', FOR_EVER)] },
  { path: '/icon.svg', get: [file(ICON, 'image/svg+xml', FOR_A_DAY)] },
  // For whoever holds a link; see SECURITY.md.
  { path: RETRIEVAL_PATH, get: [showRetrieve], post: [withOwnForm, retrieve] },
  { path: '/login', get: [showLogin], post: [withOwnForm, enter] },
  { path: '/logout', post: [withSession, withOwnForm, withFormToken, leave] },
  { path: '/', get: [withSession, showDashboard] },
  { path: '/docs', get: [withSession, showDocs] },
  // Fixed paths before those that vary: `/quarantine/replay` is no delivery of that name.
  ...FORMS.map(({ path, role, allSources, act }) => ({
    path,
    post: [
      withSession,
      withOwnForm,
      withFormToken,
      withRole(role),
      ...(allSources === true ? [withAllSources] : []),
      act,
    ],
  })),
  { path: '/quarantine/:id', get: [withSession, withRole('operator'), showQuarantined] },
  { path: RECORD_PATH, get: [withSession, withRole('admin'), withAllSources, showRecord] },
  {
    path: BACKUP_PATH,
    post: [withSession, withOwnForm, withFormToken, withRole('admin'), withAllSources, backUpNow],
  },
  { path: '/suppressions/new', get: [withSession, withRole('operator'), withAllSources, showSuppress] },
  { path: '/sources/:name', get: [withSession, withSource, showSource] },
  {
    path: '/sources/:name/secrets/:slot/rotate',
    get: [withSession, withRole('operator'), withSource, showRotate],
    post: [withSession, withOwnForm, withFormToken, withRole('operator'), withSource, rotate],
  },
  {
    path: '/sources/:name/secrets/:slot/:version/link',
    post: [withSession, withOwnForm, withFormToken, withRole('operator'), withSource, makeLink],
  },
  {
    path: '/sources/:name/secrets/:slot/:version/revoke',
    get: [withSession, withRole('operator'), withSource, showRevoke],
    post: [withSession, withOwnForm, withFormToken, withRole('operator'), withSource, revoke],
  },
]

export function pages(): Hono<ConsoleHono> {
  const app = new Hono<ConsoleHono>()
  for (const { path, get = [], post = [] } of PAGES) {
    const named: Handler<ConsoleHono> = async (c, next) => {
      c.set('handler', path)
      await next()
    }
    if (get.length > 0) app.get(path, named, ...get)
    if (post.length > 0) app.post(path, named, ...post)
    const allow = [...(get.length > 0 ? ['GET', 'HEAD'] : []), ...(post.length > 0 ? ['POST'] : [])].join(
      ', ',
    )
    app.all(path, (c) => {
      c.header('allow', allow)
      return answerNotice(c, 405, 'Not that way', `This address takes ${allow}.`)
    })
  }
  return app
}
