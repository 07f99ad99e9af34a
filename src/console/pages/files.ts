/** Files that pages load. Each address changes with its contents, so that browsers may cache it forever. */
import CLIENT from '../client/app.client'
import FONT from '../client/font.client'
import { fromBase64 } from '../../platform/bytes.ts'
import type { ConsoleContext } from '../context.ts'
import { ICON } from './icon.ts'
import type { PageRoute } from './route.ts'
import { styleWith } from './style/index.ts'

const FOR_EVER = 'public, max-age=31536000, immutable'
const FOR_A_DAY = 'public, max-age=86400'

/** FNV-1a, 32 bits: enough to tell two versions apart. */
function checksum(text: string): string {
  let hash = 0x811c9dc5
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return (hash >>> 0).toString(36)
}

export const FONT_PATH = `/inter.woff2?v=${checksum(FONT)}`
const STYLE = styleWith(FONT_PATH)
export const STYLE_PATH = `/style.css?v=${checksum(STYLE)}`
export const SCRIPT_PATH = `/app.js?v=${checksum(CLIENT)}`

/**
 * Pages are fetched while the pointer rests on their link. GET requests change nothing here. Files, streams and what opens above the page
 * are left out.
 */
const SPECULATION = JSON.stringify({
  prefetch: [
    {
      where: {
        and: [
          { href_matches: '/*' },
          { not: { href_matches: ['/*.*', '/*/stream*', '/*/export*'] } },
          { not: { selector_matches: '[download], [data-open]' } },
        ],
      },
      eagerness: 'moderate',
    },
  ],
})
const SPECULATION_PATH = '/speculation.json'
/** Header of pages for whoever is logged in. */
export const SPECULATION_HEADER = ['speculation-rules', `"${SPECULATION_PATH}"`] as const

const file =
  (contents: string | Uint8Array<ArrayBuffer>, type: string, caching: string) => (c: ConsoleContext) =>
    c.body(contents, 200, { 'content-type': type, 'cache-control': caching })

export const filePages: readonly PageRoute[] = [
  { path: '/style.css', kind: 'file', who: 'anybody', get: file(STYLE, 'text/css; charset=utf-8', FOR_EVER) },
  {
    path: '/app.js',
    kind: 'file',
    who: 'anybody',
    get: file(CLIENT, 'text/javascript; charset=utf-8', FOR_EVER),
  },
  { path: '/icon.svg', kind: 'file', who: 'anybody', get: file(ICON, 'image/svg+xml', FOR_A_DAY) },
  {
    path: SPECULATION_PATH,
    kind: 'file',
    who: 'anybody',
    get: file(SPECULATION, 'application/speculationrules+json', FOR_A_DAY),
  },
  {
    path: '/inter.woff2',
    kind: 'file',
    who: 'anybody',
    get: file(fromBase64(FONT) ?? '', 'font/woff2', FOR_EVER),
  },
]
