/** Files as answers, of which a client may ask for one range, so that a download that broke off can go on (RFC 9110 section 14). */
import { type Problem, problem } from '../../api/problem.ts'
import { fromHex, toBase64 } from '../../platform/bytes.ts'

/** The bytes of a file. */
export interface Download {
  readonly ok: true
  readonly download: DownloadFile
}

interface DownloadFile {
  readonly type: string
  /** In hex. */
  readonly sha256: string
  readonly bytes: number
  /** Opens a part of it. */
  readonly open: (part: Part) => Promise<ReadableStream<Uint8Array> | Problem>
}

export interface Part {
  readonly offset: number
  readonly length: number
}

export const download = (file: DownloadFile): Download => ({ ok: true, download: file })

/** Answers with the part that the headers ask for. */
export async function serveDownload(headers: Headers, { type, sha256, bytes, open }: DownloadFile) {
  const etag = `"${sha256}"`
  const ifRange = headers.get('if-range')
  const asked = ifRange === null || ifRange === etag ? partOf(headers.get('range'), bytes) : undefined
  if (asked === 'outside')
    return problem('range_invalid', 'The file has no such bytes.', {
      headers: { 'content-range': `bytes */${bytes}` },
    })
  const part = asked ?? { offset: 0, length: bytes }
  const stream = await open(part)
  if ('ok' in stream) return stream
  return {
    ok: true,
    status: asked === undefined ? 200 : 206,
    headers: {
      'content-type': type,
      'content-length': String(part.length),
      'accept-ranges': 'bytes',
      etag,
      // RFC 9530
      'repr-digest': `sha-256=:${toBase64(fromHex(sha256) ?? new Uint8Array())}:`,
      ...(asked === undefined
        ? {}
        : { 'content-range': `bytes ${part.offset}-${part.offset + part.length - 1}/${bytes}` }),
    },
    stream,
  } as const
}

/** The one range of the header. Undefined, for the whole file, if there is none, or several, or in a form that is not known. */
function partOf(range: string | null, bytes: number): Part | 'outside' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec((range ?? '').trim()) ?? []
  if (first === '' && last === '') return undefined
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  const offset = first === '' ? Math.max(0, bytes - Number(last)) : Number(first)
  const end = first === '' || last === '' ? bytes : Math.min(bytes, Number(last) + 1)
  return offset >= end ? 'outside' : { offset, length: end - offset }
}
