/** Whether a Postern gateway answers at a URL, told by one request. */
import { Stop } from '../stop.ts'
import { type Answer, headerOf, objectIn } from './http.ts'

/** @param answer to `GET /`, where a gateway has nothing @throws {Stop} for anything else */
export function recognize(gateway: URL, answer: Answer): void {
  if (answer.status === 0)
    throw new Stop('denied', 'not_reached', `${gateway.origin} was not reached: is the URL right?`)
  if (isGateway(answer)) return
  if (answer.headers.has('x-request-id') && headerOf(answer, 'location')?.includes('/login') === true)
    throw new Stop(
      'usage',
      'is_console',
      `${gateway.origin} is a Postern console. Name the gateway, and the console with --url.`,
    )
  throw new Stop('no', 'not_postern', `What answers at ${gateway.origin} is no Postern gateway.`)
}

function isGateway(answer: Answer): boolean {
  const id = headerOf(answer, 'x-request-id')
  return answer.status === 404 && id !== undefined && objectIn(answer)?.['request_id'] === id
}
