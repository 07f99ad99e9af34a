/** Bodies that were changed between the ESP and the verification. */
import { Buffer } from 'node:buffer'
import type { Capture } from '../capture.ts'
import type { Diagnosis, Variant } from './diagnosis.ts'
import { spellings } from './json-styles.ts'

const KEEP = 'Prove the bytes as they came, before anything reads them.'

/** Latin-1 keeps every byte. */
const latin1 = ({ body }: Capture): string => Buffer.from(body).toString('latin1')

const withBytes = (
  capture: Capture,
  text: string,
  encoding: 'latin1' | 'utf8' | 'base64',
  detail = '',
): Variant => ({
  capture: { ...capture, body: Buffer.from(text, encoding) },
  detail,
})

export const crlfLost: Diagnosis = {
  name: 'body-crlf-lost',
  sentence: `The body's line ends were CRLF when it was signed and are LF now. ${KEEP}`,
  *variants(capture) {
    const crlf = latin1(capture).replaceAll(/\r?\n/g, '\r\n')
    yield withBytes(capture, crlf, 'latin1')
    yield withBytes(capture, `${crlf}\r\n`, 'latin1')
  },
}

export const crlfAdded: Diagnosis = {
  name: 'body-crlf-added',
  sentence: `The body's line ends were LF when it was signed and are CRLF now. ${KEEP}`,
  *variants(capture) {
    yield withBytes(capture, latin1(capture).replaceAll('\r\n', '\n'), 'latin1')
  },
}

export const newlineLost: Diagnosis = {
  name: 'body-newline-lost',
  sentence: `The line end after the body was lost ({detail}). ${KEEP}`,
  *variants(capture) {
    yield withBytes(capture, `${latin1(capture)}\n`, 'latin1', 'LF')
    yield withBytes(capture, `${latin1(capture)}\r\n`, 'latin1', 'CRLF')
  },
}

export const newlineAdded: Diagnosis = {
  name: 'body-newline-added',
  sentence: `The body has a line end or space at its end that was not signed; editors and echo add it. ${KEEP}`,
  *variants(capture) {
    const text = latin1(capture)
    yield withBytes(capture, text.replace(/\r?\n$/, ''), 'latin1')
    yield withBytes(capture, text.trimEnd(), 'latin1')
  },
}

export const reserialised: Diagnosis = {
  name: 'body-json-rewritten',
  sentence: `The JSON was read and written again: what was signed is {detail}. ${KEEP}`,
  *variants(capture) {
    for (const { text, detail } of spellings(Buffer.from(capture.body).toString('utf8')))
      yield withBytes(capture, text, 'utf8', detail)
  },
}

export const quoted: Diagnosis = {
  name: 'body-json-quoted',
  sentence: `The body is a JSON text inside of a JSON string: it was serialised twice. ${KEEP}`,
  *variants(capture) {
    try {
      const inner: unknown = JSON.parse(Buffer.from(capture.body).toString('utf8'))
      if (typeof inner === 'string') yield withBytes(capture, inner, 'utf8')
    } catch {
      // Not JSON, so there is no variant.
    }
  },
}

export const inBase64: Diagnosis = {
  name: 'body-base64',
  sentence: 'The body is still in base64, as API gateways hand bodies on: decode it first.',
  *variants(capture) {
    const text = latin1(capture).trim()
    if (/^[A-Za-z0-9+/\s]+={0,2}$/.test(text)) yield withBytes(capture, text, 'base64')
  },
}

export const byteOrderMark: Diagnosis = {
  name: 'body-byte-order-mark',
  sentence: `A byte order mark was put before the body. ${KEEP}`,
  *variants(capture) {
    const text = latin1(capture)
    if (text.startsWith('\u00ef\u00bb\u00bf')) yield withBytes(capture, text.slice(3), 'latin1')
  },
}
