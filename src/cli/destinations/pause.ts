/** `postern destinations pause` and `resume`. */
import { destinationRoutes } from '../../api/destinations.ts'
import { durationSeconds } from '../options.ts'
import { request } from '../request.ts'
import { stateLines } from './answer.ts'
import { NAME } from './path.ts'

export const pause = request({
  name: 'pause',
  summary: 'Sends nothing until it is resumed, or for a time. Events wait, and none is lost.',
  example: 'postern destinations pause app --for 4h',
  route: destinationRoutes.pauseDestination,
  arguments: [NAME],
  query: {
    seconds: ['--for <TIME>', 'how long: 15m, 4h, 7d', (text) => String(durationSeconds(text))],
  },
  words: (destination) => stateLines(destination).join('\n'),
})

export const resume = request({
  name: 'resume',
  summary: 'Sends again, from where it was: after a pause, or after it was disabled.',
  example: 'postern destinations resume app',
  route: destinationRoutes.resumeDestination,
  arguments: [NAME],
  words: (destination) => stateLines(destination).join('\n'),
})
