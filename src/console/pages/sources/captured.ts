/** A captured delivery as a file, for `postern verify`. */
import { captureRoutes } from '../../../api/captures.ts'
import type { ParamsOf } from '../../../api/route.ts'
import { answerFile } from '../answer.tsx'
import { act } from '../call.ts'

const { readCaptured } = captureRoutes

export const downloadCaptured = act(
  readCaptured,
  (c) => ({ params: c.req.param() as ParamsOf<typeof readCaptured> }),
  (c, found) => answerFile(c, `${found.request_id}.json`, 'application/json', JSON.stringify(found)),
)
