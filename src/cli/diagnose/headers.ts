/** Proofs under another header name, or in another encoding. */
import { Buffer } from 'node:buffer'
import type { Capture } from '../capture.ts'
import type { Diagnosis } from './diagnosis.ts'

type Header = readonly [name: string, value: string]

const renamed = ({ headers }: Capture, rename: (name: string) => string): readonly Header[] =>
  headers.map(([name, value]): Header => [rename(name.toLowerCase()), value]).filter(([name]) => name !== '')

/** How proxies and servers change header names, and how to undo it. */
const RENAMES: readonly { readonly detail: string; readonly rename: (name: string) => string }[] = [
  {
    detail: 'underscores where hyphens belong, as servers hand headers to programs',
    rename: (name) => name.replace(/^http_/, '').replaceAll('_', '-'),
  },
  { detail: 'without the "x-" before it', rename: (name) => `x-${name}` },
  { detail: 'with an "x-" before it', rename: (name) => name.replace(/^x-/, '') },
  {
    detail: 'behind a prefix that a proxy has put there',
    rename: (name) => name.replace(/^x-(?:forwarded|original|amz-meta)-/, ''),
  },
  {
    detail: 'with a prefix of its own, where the webhook- names of Standard Webhooks are read',
    rename: (name) => name.replace(/^.*?-?(id|timestamp|signature)$/, 'webhook-$1'),
  },
]

export const otherName: Diagnosis = {
  name: 'header-other-name',
  sentence: 'A header with the proof is missing, and there under another name: {detail}.',
  *variants(capture) {
    const known = new Set(capture.headers.map(([name]) => name.toLowerCase()))
    for (const { detail, rename } of RENAMES) {
      const more = renamed(capture, rename).filter(([name]) => !known.has(name))
      if (more.length > 0) yield { capture: { ...capture, headers: [...capture.headers, ...more] }, detail }
    }
  },
}

const SIGNATURE = /^(v\d+a?,|v\d+=|(?:sha|hmac-sha)\d+=)?([A-Za-z0-9+/_-]{20,}={0,2})$/i

/** The encodings that a text may have, by name. */
const READINGS: readonly {
  readonly name: string
  readonly form: RegExp
  readonly encoding: BufferEncoding
}[] = [
  { name: 'hex in upper case', form: /^(?=.*[A-F])[0-9A-Fa-f]+$/, encoding: 'hex' },
  { name: 'hex', form: /^[0-9a-f]+$/, encoding: 'hex' },
  { name: 'base64url', form: /^(?=.*[_-]|.*[^=]$)[A-Za-z0-9_-]+={0,2}$/, encoding: 'base64url' },
  { name: 'base64', form: /^[A-Za-z0-9+/]+={0,2}$/, encoding: 'base64' },
]

const WRITINGS = [
  { name: 'hex in lower case', encoding: 'hex' },
  { name: 'base64 with its padding', encoding: 'base64' },
  { name: 'base64url', encoding: 'base64url' },
] as const satisfies readonly { readonly name: string; readonly encoding: BufferEncoding }[]

export const otherEncoding: Diagnosis = {
  name: 'signature-other-encoding',
  sentence: 'The signature is right and spelled otherwise: {detail}.',
  *variants(capture) {
    for (const [i, [name, value]] of capture.headers.entries()) {
      const [, prefix = '', text = ''] = SIGNATURE.exec(value) ?? []
      for (const reading of READINGS.filter(({ form }) => form.test(text))) {
        for (const writing of WRITINGS) {
          const spelled = prefix + Buffer.from(text, reading.encoding).toString(writing.encoding)
          if (spelled === value) continue
          const headers = capture.headers.with(i, [name, spelled])
          yield { capture: { ...capture, headers }, detail: `${reading.name} where ${writing.name} belongs` }
        }
      }
    }
  },
}

export const otherPrefix: Diagnosis = {
  name: 'signature-prefix',
  sentence: 'The signature is right, but what stands before it is not: {detail}.',
  *variants(capture) {
    for (const [i, [name, value]] of capture.headers.entries()) {
      const [, prefix = '', text] = SIGNATURE.exec(value) ?? []
      if (text === undefined) continue
      for (const wanted of ['', 'sha256=', 'sha1=', 'v1,', 'v1='].filter((one) => one !== prefix)) {
        const headers = capture.headers.with(i, [name, wanted + text])
        const detail = wanted === '' ? 'nothing belongs there' : `"${wanted}" belongs there`
        yield { capture: { ...capture, headers }, detail }
      }
    }
  },
}

export const signatureInBody: Diagnosis = {
  name: 'signature-upper-case-in-body',
  sentence: 'The signature in the body is right and in upper-case hex where lower case belongs.',
  *variants(capture) {
    const text = Buffer.from(capture.body).toString('latin1')
    const lower = text.replaceAll(
      /(["=])([0-9A-F]{32,128})(?=["&]|$)/g,
      (_: string, before: string, hex: string) => before + hex.toLowerCase(),
    )
    if (lower !== text) yield { capture: { ...capture, body: Buffer.from(lower, 'latin1') } }
  },
}

export const milliseconds: Diagnosis = {
  name: 'timestamp-milliseconds',
  sentence: 'The signed time is in seconds, the header says it in milliseconds: send it as it was signed.',
  *variants(capture) {
    const headers = capture.headers.map(([name, value]): Header => [
      name,
      value.replace(/^(\d{10})\d{3}$/, '$1'),
    ])
    if (headers.some(([, value], i) => value !== capture.headers[i]?.[1]))
      yield { capture: { ...capture, headers } }
  },
}
