/** URLs that differ from the signed one. */
import { type Capture, secretsOf } from '../capture.ts'
import type { Diagnosis, Variant } from './diagnosis.ts'

/** Common differences, and how to undo them. Every character counts, because the URL is signed as text. */
const CHANGES: readonly { readonly detail: string; readonly change: (url: string) => string }[] = [
  { detail: 'as the request has it', change: (url) => url },
  { detail: 'with a slash at the end of its path', change: (url) => url.replace(/\/?(\?|$)/, '/$1') },
  { detail: 'without the slash at the end of its path', change: (url) => url.replace(/\/(\?|$)/, '$1') },
  { detail: 'with https', change: (url) => url.replace(/^http:/, 'https:') },
  { detail: 'with http', change: (url) => url.replace(/^https:/, 'http:') },
  { detail: 'without its query', change: (url) => url.replace(/\?.*$/, '') },
  {
    detail: 'with port 443 written out',
    change: (url) => url.replace(/^(https:\/\/[^/:?]+)(?=[/?]|$)/, '$1:443'),
  },
  { detail: 'without its port', change: (url) => url.replace(/^(https?:\/\/[^/:?]+):\d+/, '$1') },
  {
    detail: 'with its host in lower case',
    change: (url) => url.replace(/^[^/]+\/\/[^/]+/, (host) => host.toLowerCase()),
  },
  { detail: 'without the "www."', change: (url) => url.replace(/^(https?:\/\/)www\./, '$1') },
]

export const otherUrl: Diagnosis = {
  name: 'url-other',
  sentence:
    'The signature is over another URL: the one that the ESP has, {detail}. Set publicUrl to exactly that.',
  *variants(capture) {
    const configured = [capture.document['publicUrl'], secretsOf(capture)['webhook_url']].filter(
      (url) => typeof url === 'string',
    )
    const { search } = new URL(capture.url)
    // The query of the request may be part of the URL that was set at the ESP.
    const bases = [...configured, ...configured.map((url) => url + search), capture.url]
    for (const base of new Set(bases)) for (const variant of changed(capture, base)) yield variant
  },
}

function* changed(capture: Capture, base: string): Generator<Variant> {
  for (const { detail, change } of CHANGES) {
    const publicUrl = change(base)
    const document = { ...capture.document, publicUrl }
    yield { capture: { ...capture, document }, detail }
    // The verifier appends the request's query to publicUrl. To attempt a signature without a query, remove it from the request.
    if (!publicUrl.includes('?'))
      yield { capture: { ...capture, document, url: capture.url.replace(/\?.*$/, '') }, detail }
  }
}
