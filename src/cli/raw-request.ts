/** HTTP/1.1 requests as text (RFC 9112): the head in lines, then the body's bytes exactly as they are. */
import { Buffer } from 'node:buffer'
import { UsageError } from './stop.ts'

export interface RawRequest {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

/**
 * Reads a saved request. Lines of the head may end in CRLF or LF; everything behind the first empty line is the body.
 *
 * @throws {UsageError} for what is no request, or one whose body is still in chunks
 */
export function parseRequest(bytes: Uint8Array): RawRequest {
  const buffer = Buffer.from(bytes)
  const end = endOfHead(buffer)
  const [first = '', ...lines] = buffer.subarray(0, end.head).toString('latin1').split(/\r?\n/)
  const [, method, target] = /^([A-Z]+) (\S+)(?: HTTP\/\d(?:\.\d)?)?$/.exec(first) ?? []
  if (method === undefined || target === undefined)
    throw new UsageError('The request does not begin with a request line: METHOD TARGET HTTP/1.1')
  const headers: RawRequest['headers'] = lines.map(parseHeader)
  const valueOf = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
  if (/chunked/i.test(valueOf('transfer-encoding') ?? ''))
    throw new UsageError('The body is still in chunks: save it as the application sees it.')
  return {
    method,
    url: absolute(target, valueOf('host')),
    headers,
    body: Buffer.from(buffer.subarray(end.body)),
  }
}

function endOfHead(buffer: Buffer): { readonly head: number; readonly body: number } {
  const ends = ['\r\n\r\n', '\n\n']
    .map((mark) => ({ head: buffer.indexOf(mark), length: mark.length }))
    .filter(({ head }) => head >= 0)
    .toSorted((a, b) => a.head - b.head)
  const [nearest] = ends
  if (nearest === undefined) throw new UsageError('The request has no empty line between head and body.')
  return { head: nearest.head, body: nearest.head + nearest.length }
}

function parseHeader(line: string, i: number): readonly [string, string] {
  const [, name, text] = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+):(.*)$/.exec(line) ?? []
  if (name === undefined || text === undefined)
    throw new UsageError(`Line ${i + 2} of the request is no header (Name: value).`)
  return [name, withoutOuterSpace(text)]
}

/** Spaces and tabs alone (RFC 9110 section 5.6.3). A pattern would try the end again from each space within. */
function withoutOuterSpace(text: string): string {
  const isSpace = (at: number): boolean => text[at] === ' ' || text[at] === '\t'
  let start = 0
  let end = text.length
  while (isSpace(start)) start++
  while (end > start && isSpace(end - 1)) end--
  return text.slice(start, end)
}

/** ESPs post to https; where the request does not say so, `--requested` does. */
function absolute(target: string, host: string | undefined): string {
  const url = target.startsWith('/') ? `https://${host ?? 'postern.invalid'}${target}` : target
  if (!URL.canParse(url)) throw new UsageError('The request line names no URL and no path.')
  return url
}

/** The request as bytes that {@link parseRequest} reads. */
export function writeRequest({ method, url, headers, body }: RawRequest): Uint8Array {
  const { host, pathname, search } = new URL(url)
  const all = [['host', host] as const, ...headers, ['content-length', String(body.byteLength)] as const]
  const head = [`${method} ${pathname}${search} HTTP/1.1`, ...all.map(([name, value]) => `${name}: ${value}`)]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body])
}
