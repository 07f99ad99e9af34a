/** Runs requests to completion, whether or not the client waits for the answer. */

/**
 * A `fetch` handler that goes on after the connection is closed. Otherwise the runtime drops the request with every promise that it
 * began. Those promises neither resolve nor reject, so other requests of the isolate that wait for one of them (a source that is being
 * loaded) wait for ever: a stranger who closes the connection at the right moment could block a source. Running to completion also
 * leaves nothing half done, such as a claim without its delivery.
 *
 * The platform allows thirty seconds after the connection is closed.
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
