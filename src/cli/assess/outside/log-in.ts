/** Posts the form of the log-in. */
import type { Answer } from '../http.ts'
import type { ConsoleWorld } from '../world.ts'

interface As {
  /** Default: the console's own. Undefined: without the header. */
  readonly origin?: string | undefined
  readonly more?: Readonly<Record<string, string>>
}

export function logIn(world: ConsoleWorld, token: string, as: As = {}): Promise<Answer> {
  const origin = 'origin' in as ? as.origin : world.console.origin
  return world.send(world.console, {
    method: 'POST',
    path: '/login',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(origin !== undefined && { origin }),
      ...as.more,
    },
    body: Buffer.from(new URLSearchParams({ token }).toString()),
  })
}
