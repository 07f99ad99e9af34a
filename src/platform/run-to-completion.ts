/** Requests that are worked off to their end, whether or not the other side waits for the answer. */

/**
 * A `fetch` handler that the runtime does not drop when the connection does. It drops a request with every promise that the
 * request began, and they neither resolve nor reject: whoever else waits for one of them waits for ever, as requests of one isolate
 * do for what they share (a source that is being loaded). So a stranger who hangs up at the right moment could take a source from
 * everybody. It also leaves nothing half done, such as a claim without its delivery.
 *
 * Within the platform's bounds: thirty seconds after the connection is gone.
 *
 * @see https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil
 */
export const runToCompletion =
  <Env>(fetch: Handler<Env>): Handler<Env> =>
  (request, env, context) => {
    const answer = fetch(request, env, context)
    if (answer instanceof Promise) context.waitUntil(answer)
    return answer
  }

/** The `fetch` of a Worker. */
export type Handler<Env> = (
  request: Request,
  env: Env,
  context: ExecutionContext,
) => Response | Promise<Response>
