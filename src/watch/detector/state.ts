/** The memory of a part of the detector: numbers and lists of fixed length, so that its size never changes. */
export interface State {
  readonly [key: string]: number | Float32Array | Uint8Array | State
}

/** Part with a memory, by name. A part whose memory changes its meaning gets another name. */
export interface Stateful {
  readonly state: State
}

export type Parts = Readonly<Record<string, Stateful>>

/** Raised when the frame below changes. A change of one part needs no new version. */
const VERSION = 1

type Field = State[string]

const isList = (field: Field): field is Float32Array | Uint8Array => ArrayBuffer.isView(field)

function sizeOf(field: Field): number {
  if (typeof field === 'number') return 8
  return isList(field)
    ? field.byteLength
    : Object.values(field).reduce<number>((sum, one) => sum + sizeOf(one), 0)
}

/** The memory of all parts as bytes: four for the length of a header, the header (JSON), then the fields of each part. */
export function encodeParts(parts: Parts): Uint8Array<ArrayBuffer> {
  const sizes = Object.entries(parts).map(([name, { state }]): [string, number] => [name, sizeOf(state)])
  const header = new TextEncoder().encode(JSON.stringify({ version: VERSION, sizes }))
  const bytes = new Uint8Array(4 + header.length + sizes.reduce((sum, [, size]) => sum + size, 0))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, header.length)
  bytes.set(header, 4)
  let at = 4 + header.length
  for (const { state } of Object.values(parts)) at = writeFields(view, at, state)
  return bytes
}

/**
 * Gives the parts the memory that they had. A part that is new, or whose size has changed, keeps the memory it has; bytes of
 * another version, or damaged ones, change nothing. Returns the names of the parts that were restored.
 */
export function decodeParts(bytes: Uint8Array, parts: Parts): readonly string[] {
  const header = headerOf(bytes)
  if (header === undefined) return []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = header.end
  if (at + header.sizes.reduce((sum, [, size]) => sum + size, 0) !== bytes.length) return []
  const restored: string[] = []
  for (const [name, size] of header.sizes) {
    const part = Object.hasOwn(parts, name) ? parts[name] : undefined
    if (part !== undefined && sizeOf(part.state) === size) {
      readFields(view, at, part.state)
      restored.push(name)
    }
    at += size
  }
  return restored
}

interface Header {
  readonly sizes: readonly (readonly [string, number])[]
  readonly end: number
}

function headerOf(bytes: Uint8Array): Header | undefined {
  if (bytes.length < 4) return undefined
  const end = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  try {
    const { version, sizes } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, end)))
    return version === VERSION && Array.isArray(sizes) && sizes.every(isSize) ? { sizes, end } : undefined
  } catch {
    return undefined
  }
}

const isSize = (entry: unknown): entry is readonly [string, number] =>
  Array.isArray(entry) && typeof entry[0] === 'string' && Number.isSafeInteger(entry[1]) && entry[1] >= 0

function writeFields(view: DataView, start: number, state: State): number {
  let at = start
  for (const field of Object.values(state)) {
    if (typeof field === 'number') view.setFloat64(at, field)
    else if (field instanceof Float32Array) field.forEach((number, i) => view.setFloat32(at + 4 * i, number))
    else if (field instanceof Uint8Array) field.forEach((number, i) => view.setUint8(at + i, number))
    else writeFields(view, at, field)
    at += sizeOf(field)
  }
  return at
}

function readFields(view: DataView, start: number, state: Record<string, Field>): void {
  let at = start
  for (const [key, field] of Object.entries(state)) {
    if (typeof field === 'number') state[key] = view.getFloat64(at)
    else if (field instanceof Float32Array) field.forEach((_, i) => (field[i] = view.getFloat32(at + 4 * i)))
    else if (field instanceof Uint8Array) field.forEach((_, i) => (field[i] = view.getUint8(at + i)))
    else readFields(view, at, field)
    at += sizeOf(field)
  }
}
