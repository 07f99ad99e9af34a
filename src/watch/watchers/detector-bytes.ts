/** Detectors of the sources of a bucket in one value: four bytes for the length of a header, the header (JSON), then the detectors. */
import type { DetectorBytes } from '../source-memory.ts'
import type { SourceKey } from './minute-row.ts'

type Header = readonly (readonly [key: SourceKey, sizes: Readonly<Record<string, number>>])[]

export function encodeDetectors(of: ReadonlyMap<SourceKey, DetectorBytes>): ArrayBuffer {
  const all: Uint8Array[] = []
  const header: Header = [...of].map(([key, detectors]) => {
    const sizes = Object.entries(detectors).map(([name, bytes]) => {
      all.push(bytes)
      return [name, bytes.length]
    })
    return [key, Object.fromEntries(sizes)]
  })
  const head = new TextEncoder().encode(JSON.stringify(header))
  const encoded = new Uint8Array(4 + head.length + all.reduce((sum, { length }) => sum + length, 0))
  new DataView(encoded.buffer).setUint32(0, head.length)
  encoded.set(head, 4)
  let at = 4 + head.length
  for (const bytes of all) {
    encoded.set(bytes, at)
    at += bytes.length
  }
  return encoded.buffer
}

/** Damaged bytes are none: detectors then begin anew. */
export function decodeDetectors(encoded: ArrayBuffer): Map<SourceKey, DetectorBytes> {
  const of = new Map<SourceKey, DetectorBytes>()
  try {
    let at = 4 + new DataView(encoded).getUint32(0)
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(encoded, 4, at - 4))) as Header
    for (const [key, sizes] of header) {
      const own = Object.entries(sizes).map(([name, size]) => {
        const bytes = new Uint8Array(encoded, at, size)
        at += size
        return [name, bytes]
      })
      of.set(key, Object.fromEntries(own) as DetectorBytes)
    }
  } catch {
    return new Map()
  }
  return of
}
