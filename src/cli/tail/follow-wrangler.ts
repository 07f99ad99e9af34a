/** Follows the log of a deployed Worker through Wrangler. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Stop } from '../stop.ts'
import { jsonParts } from './json-parts.ts'

/**
 * @param worker its name at Cloudflare
 * @param checkout folder of package.json, with a slash at its end
 * @throws {Stop} when Wrangler ends by itself
 */
export async function* followWrangler(
  worker: string,
  ended: AbortSignal,
  checkout: string,
): AsyncGenerator<string> {
  const script = `${checkout}node_modules/wrangler/bin/wrangler.js`
  const child = spawn(process.execPath, [script, 'tail', worker, '--format', 'json'], {
    cwd: checkout,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', WRANGLER_SEND_METRICS: 'false' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  // Awaited below, unless whoever follows leaves before.
  closed.catch(() => undefined)
  const end = () => child.kill('SIGINT')
  ended.addEventListener('abort', end)
  try {
    child.stdout.setEncoding('utf8')
    yield* jsonParts(child.stdout as AsyncIterable<string>)
    await closed
    if (!ended.aborted)
      throw new Stop(
        'denied',
        'wrangler_ended',
        'Wrangler ended: log in with npx wrangler login, and check the name of the Worker.',
      )
  } finally {
    ended.removeEventListener('abort', end)
    child.kill('SIGINT')
  }
}
