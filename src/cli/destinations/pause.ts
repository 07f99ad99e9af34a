/** `postern destinations pause` and `resume`. */
import { request } from '../request.ts'
import { type DestinationAnswer, stateLines } from './answer.ts'
import { NAME } from './path.ts'

const switchTo = (name: 'pause' | 'resume', summary: string) =>
  request<DestinationAnswer>({
    name,
    method: 'POST',
    summary,
    example: `postern destinations ${name} app`,
    path: `/api/destinations/{name}/${name}`,
    arguments: [NAME],
    words: (destination) => stateLines(destination).join('\n'),
  })

export const pause = switchTo('pause', 'Sends nothing until it is resumed. Events wait, and none is lost.')

export const resume = switchTo(
  'resume',
  'Sends again, from where it was: after a pause, or after it was disabled.',
)
