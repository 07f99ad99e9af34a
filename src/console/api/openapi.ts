/** The route that serves the OpenAPI document. The document holds this route, too. */
import * as v from 'valibot'
import { route } from '../../api/route.ts'
import { documentOf } from './document/index.ts'
import { type BoundRoute, answer, bindRoutes } from './route.ts'

const openapiRoutes = {
  getOpenApi: route('GET', '/api/openapi.json', 'viewer', {
    summary: 'This document.',
    scoped: true,
    answer: v.looseObject({ openapi: v.string() }),
  }),
}

export const openapi = (routes: () => readonly BoundRoute[]): readonly BoundRoute[] =>
  bindRoutes(openapiRoutes, { getOpenApi: async () => answer({ ...documentOf(routes()) }) })
