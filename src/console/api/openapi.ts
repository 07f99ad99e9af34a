/** The route that serves the OpenAPI document. The document holds this route, too. */
import * as v from 'valibot'
import { documentOf } from './document/index.ts'
import { type Route, answer, route } from './route.ts'

export const openapi = (routes: () => readonly Route[]): Route =>
  route({
    method: 'GET',
    path: '/api/openapi.json',
    id: 'getOpenApi',
    summary: 'This document.',
    role: 'viewer',
    scoped: true,
    answer: v.looseObject({ openapi: v.string() }),
    handler: async () => answer({ ...documentOf(routes()) }),
  })
