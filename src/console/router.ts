/** Finds the handlers of a request, each once. */
import type { Result } from 'hono/router'
import { TrieRouter } from 'hono/router/trie-router'

/**
 * Hono's own router for tables such as ours finds a handler twice if a part of a path is spelled like the parameter in its place, as in
 * `/sources/:name`. Then its middleware ran twice, and the second time found a body that was read.
 */
export class OnceRouter<T> extends TrieRouter<T> {
  override match(method: string, path: string): Result<T> {
    const [handlers] = super.match(method, path)
    // In the order in which they were registered, so that equal ones are side by side.
    return [handlers.filter(([handler], i) => handler !== handlers[i - 1]?.[0])] as Result<T>
  }
}
