/** A captured delivery as a file, for `postern verify`. */
import { readCaptured } from '../../captures.ts'
import { answerFile, answerNotice } from '../answer.tsx'
import { SOURCES } from './resource.ts'

export const downloadCaptured = SOURCES.with(async (c, { name }) => {
  const requestId = c.req.param('request_id') ?? ''
  const found = await readCaptured(c.get('context'), name, requestId)
  if (found === undefined)
    return answerNotice(
      c,
      404,
      'Not captured',
      'No captured delivery of this source has this id: it was not captured, or an hour is over.',
    )
  return answerFile(c, `${found.request_id}.json`, 'application/json', JSON.stringify(found))
})
