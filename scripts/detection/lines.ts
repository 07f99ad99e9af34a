/** Lines of a recording, plain or compressed, without reading it whole. A line that was cut off at the end is left out. */
import { createReadStream, existsSync } from 'node:fs'
import path from 'node:path'
import { constants, createGunzip } from 'node:zlib'

/** The recording's file. @throws if the folder has none */
function fileIn(folder: string): string {
  const files = ['stream.jsonl', 'stream.jsonl.gz'].map((name) => path.join(folder, name))
  const file = files.find((one) => existsSync(one))
  if (file === undefined)
    throw new Error(`${folder} has no recording: put stream.jsonl or stream.jsonl.gz there`)
  return file
}

/** Parsed lines, some thousand at a time. @throws if a line other than the last is not JSON, with its number */
export async function* linesOf(folder: string): AsyncGenerator<readonly unknown[]> {
  const file = fileIn(folder)
  const bytes = createReadStream(file, { highWaterMark: 1 << 18 })
  // A recording that was cut short ends in the middle of a block.
  const plain = file.endsWith('.gz')
    ? bytes.pipe(createGunzip({ chunkSize: 1 << 18, finishFlush: constants.Z_SYNC_FLUSH }))
    : bytes
  const decoder = new TextDecoder()
  let rest = ''
  let number = 0
  for await (const chunk of plain) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield lines.flatMap((line) => {
      number += 1
      return line === '' ? [] : [parse(line, file, number)]
    })
  }
  const last = parsed(rest)
  if (last !== undefined) yield [last]
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    return undefined
  }
}

function parse(line: string, file: string, number: number): unknown {
  const value = parsed(line)
  if (value === undefined) throw new Error(`${file} line ${number} is not JSON: record it again`)
  return value
}
