/** Captures: for an hour at most, refused deliveries of one source are kept, so that `postern verify` can judge them. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import {
  CAPTURE_DELIVERY_MAX_BYTES,
  CAPTURE_MAX_BYTES,
  CAPTURE_MAX_DELIVERIES,
  CAPTURE_MAX_SECONDS,
} from '../event/captured.ts'
import { forSeconds } from './for-seconds.ts'
import { route } from './route.ts'
import { UnreachedGuardsSchema, sourceParams } from './sources.ts'

const MIB = 1_048_576
const BOUNDS = `At most ${CAPTURE_MAX_DELIVERIES} deliveries, ${CAPTURE_DELIVERY_MAX_BYTES / MIB} MiB each and ${CAPTURE_MAX_BYTES / MIB} MiB together: the first that come.`

const CaptureSchema = v.object({
  source: v.string(),
  capturing: described(v.boolean(), 'Whether more deliveries are kept.'),
  full: described(v.boolean(), BOUNDS),
  started_at: v.nullable(v.string()),
  ends_at: v.nullable(v.string()),
  deleted_at: described(v.nullable(v.string()), 'When all that was captured is deleted.'),
  captured: described(
    v.array(
      v.object({
        request_id: v.string(),
        at: v.string(),
        provider: v.string(),
        code: described(v.string(), 'Why it was refused: GET /api/refusals/{request_id} says more.'),
        bytes: described(v.number(), 'Size of the body.'),
      }),
    ),
    'Oldest first.',
  ),
})

const capture = {
  params: sourceParams,
  problems: ['source_unknown'],
} as const

export const captureRoutes = {
  getCapture: route('GET', '/api/sources/{name}/capture', 'viewer', {
    ...capture,
    summary: 'Which refused deliveries of a source were captured.',
    answer: CaptureSchema,
  }),
  beginCapture: route('PUT', '/api/sources/{name}/capture', 'operator', {
    ...capture,
    summary:
      'Keeps the next refused deliveries of a source whole and encrypted, in place of what was captured before.',
    body: forSeconds(
      CAPTURE_MAX_SECONDS,
      'How long deliveries are kept from now on. All of them are deleted an hour from now.',
    ),
    example: { for_seconds: 900 },
    answer: v.object({ ...CaptureSchema.entries, unreached_guards: UnreachedGuardsSchema }),
  }),
  endCapture: route('DELETE', '/api/sources/{name}/capture', 'operator', {
    ...capture,
    summary: 'Ends the capture of a source, and deletes what was captured.',
    answer: v.object({ source: v.string(), deleted: v.number(), unreached_guards: UnreachedGuardsSchema }),
  }),
  readCaptured: route('GET', '/api/sources/{name}/capture/{request_id}', 'operator', {
    summary: 'One captured delivery, whole, as postern verify reads it. It may hold credentials.',
    params: {
      ...sourceParams,
      request_id: 'The request_id of the delivery, as in the list or in the answer that the sender got.',
    },
    answer: v.object({
      request_id: v.string(),
      esp: described(v.string(), 'The provider of the source.'),
      code: v.string(),
      now: described(v.number(), 'When it was refused, in Unix seconds.'),
      request: v.object({
        method: v.string(),
        url: v.string(),
        headers: v.record(v.string(), v.string()),
        body_base64: described(v.string(), 'As it was read: a body in gzip is inflated.'),
      }),
    }),
    problems: ['captured_unknown'],
  }),
} as const
