/** Pages that links lead to, and what is checked on each. */
import type { APIRequestContext } from 'playwright-core'
import { expect } from 'vitest'

/** Paths of the same page about different things are one kind. */
const kindOf = (path: string): string =>
  path
    .replace(/\?.*/, '')
    .replace(/^\/sources\/new\/.*/, '/sources/new/:provider')
    .replace(/^(\/(?:sources|destinations|channels|d))\/(?!new\b)[^/]+/, '$1/:name')
    .replaceAll(/[^/]*\d[^/]*/g, ':id')

const isFile = (path: string): boolean => /\.(?:css|csv|js|json|svg)\b/.test(path)

/** One address of each kind of page to which links lead, from the first page on. */
export async function linkedPages(request: APIRequestContext): Promise<string[]> {
  const found = new Map([['/', '/']])
  for (const path of found.values()) {
    const answer = await request.get(path)
    expect({ path, status: answer.status() }).toEqual({ path, status: 200 })
    for (const [, href = ''] of (await answer.text()).matchAll(
      /<a\b(?![^>]*\bdownload\b)[^>]*? href="(\/[^"#]*)/g,
    )) {
      const link = href.replaceAll('&amp;', '&')
      if (!isFile(link) && !found.has(kindOf(link))) found.set(kindOf(link), link)
    }
  }
  return [...found.values()]
}
