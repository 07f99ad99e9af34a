/** A `fetch` for which hosts of deployed Workers are served by the fake at this origin. */
export const fetchFrom =
  (fake: string, realFetch: typeof fetch): typeof fetch =>
  (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (!/\.(?:workers\.dev|example\.com)$/.test(url.hostname)) return realFetch(input, init)
    return realFetch(`${fake}/hosts/${url.hostname}${url.pathname}${url.search}`, init)
  }
