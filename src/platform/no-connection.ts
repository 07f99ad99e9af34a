/**
 * Under `npm start` the Workers fetch through a process of Node, which cannot make their `fetch` fail. Where it gets no connection, it
 * answers 502 with this header, and {@link connected} turns that into an error.
 */
export const NO_CONNECTION_HEADER = 'postern-no-connection'

/** The value of the header if nothing listens at the address. */
export const CONNECTION_REFUSED = 'refused'

export class NothingListens extends Error {
  override readonly name = 'NothingListens'
}

/** The response itself. @throws {NothingListens} @throws {TypeError} if there was no connection for another reason */
export function connected(response: Response): Response {
  const reason = response.headers.get(NO_CONNECTION_HEADER)
  if (reason === null) return response
  throw reason === CONNECTION_REFUSED
    ? new NothingListens('nothing listens there')
    : new TypeError('there was no connection')
}
