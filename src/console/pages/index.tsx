/** The table of all pages: path, role, and what the forms do. */
import { type Handler, Hono } from 'hono'
import type { ConsoleHono } from '../context.ts'
import { RETRIEVAL_PATH } from '../retrieval.ts'
import { accessPages } from './access/index.tsx'
import { activityPages } from './activity/index.tsx'
import { answerNotice } from './answer.tsx'
import { channelPages } from './channels/index.ts'
import { deliverabilityPages } from './deliverability/index.tsx'
import { deliveryPages } from './delivery/index.ts'
import { destinationPages } from './destinations/index.tsx'
import { erasurePages } from './erasures/index.tsx'
import { filePages } from './files.ts'
import {
  FORM_MAX_BYTES,
  STRANGERS_FORM_MAX_BYTES,
  isOfSource,
  withAllSources,
  withFormToken,
  withOwnForm,
  withQuickStore,
  withRole,
  withSession,
  withSource,
} from './gate.tsx'
import { incidentPages } from './incidents/index.ts'
import { enter, leave, showLogin } from './login.tsx'
import { overviewPages } from './overview/index.tsx'
import { peoplePages } from './people/index.tsx'
import { retrieve, showRetrieve } from './retrieve.tsx'
import type { PageRoute } from './route.ts'
import { searchPages } from './search.tsx'
import { secretPages } from './secrets/index.ts'
import { lookPages } from './look.tsx'
import { systemPages } from './system/index.tsx'
import { sourcePages } from './sources/index.ts'
import { suppressionPages } from './suppressions/index.tsx'

export const PAGES: readonly PageRoute[] = [
  ...filePages,
  // For whoever holds a link; see SECURITY.md.
  { path: RETRIEVAL_PATH, who: 'anybody', get: showRetrieve, post: retrieve },
  { path: '/login', who: 'anybody', get: showLogin, post: enter },
  { path: '/logout', who: 'viewer', post: leave },
  ...overviewPages,
  ...deliverabilityPages,
  ...activityPages,
  ...peoplePages,
  ...erasurePages,
  ...searchPages,
  ...systemPages,
  ...lookPages,
  ...accessPages,
  ...suppressionPages,
  ...sourcePages,
  ...destinationPages,
  ...incidentPages,
  ...channelPages,
  ...secretPages,
  // Last: their old addresses are patterns that fit other pages' forms.
  ...deliveryPages,
]

/** The middleware of a page: session, form token, role and scope. */
function gatesOf(page: PageRoute, method: 'get' | 'post'): Handler<ConsoleHono>[] {
  const { path, who, allSources, formMaxBytes = FORM_MAX_BYTES } = page
  const isForm = method === 'post'
  if (who === 'anybody') return isForm ? [withOwnForm(STRANGERS_FORM_MAX_BYTES)] : []
  return [
    withSession(page),
    ...(isForm || page.kind === 'file' || page.kind === 'stream' ? [] : [withQuickStore]),
    ...(isForm ? [withOwnForm(formMaxBytes), withFormToken] : []),
    withRole(who),
    ...(isOfSource(path) ? [withSource] : []),
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
