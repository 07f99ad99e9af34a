/** Loaded into a process of a test before anything else: hosts of deployed Workers are served by the fake. */
const fake = process.env['FAKE_HOSTS'] ?? ''
const realFetch = globalThis.fetch

globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input)
  if (!/\.(?:workers\.dev|example\.com)$/.test(url.hostname)) return realFetch(input, init)
  return realFetch(`${fake}/hosts/${url.hostname}${url.pathname}${url.search}`, init)
}
