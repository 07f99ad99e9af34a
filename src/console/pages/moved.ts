/** Addresses of pages that are part of another page now. */
import type { PageRoute } from './route.ts'

/**
 * Leads an old address to its new one, with its query.
 *
 * @param to the new path, in which `:name` and `?query` may stand: `/activity?show=refused`
 */
export const moved = (path: string, to: string): PageRoute => ({
  path,
  who: 'viewer',
  kind: 'moved',
  get: (c) => {
    const { pathname, searchParams, hash } = new URL(
      to.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(c.req.param(name) ?? '')),
      c.req.url,
    )
    for (const [name, value] of new URL(c.req.url).searchParams) searchParams.append(name, value)
    return c.redirect(`${pathname}${searchParams.size > 0 ? `?${searchParams.toString()}` : ''}${hash}`, 301)
  },
})
