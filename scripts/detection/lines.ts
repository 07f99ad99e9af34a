/** Lines of a recording, plain or compressed, without reading it whole. A line that was cut off at the end is left out. */
import { createReadStream, existsSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream'
import { constants, createGunzip } from 'node:zlib'
import { InputError } from './input-error.ts'

/** @throws {InputError} if the folder has no recording */
export function recordingIn(folder: string): string {
  const files = ['stream.jsonl', 'stream.jsonl.gz'].map((name) => path.join(folder, name))
  const file = files.find((one) => existsSync(one))
  if (file === undefined)
    throw new InputError(`${folder} has no recording: put stream.jsonl or stream.jsonl.gz there.`)
  return file
}

/** Parsed lines, some thousand at a time. @throws {InputError} if a line other than the last is not JSON, with its number */
export async function* linesOf(file: string): AsyncGenerator<readonly unknown[]> {
  const decoder = new TextDecoder()
  let rest = ''
  let number = 0
  for await (const chunk of chunksOf(file)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield lines.flatMap((line) => {
      number += 1
      return line.trim() === '' ? [] : [parse(line, file, number)]
    })
  }
  const last = parsed(rest)
  if (last !== undefined) yield [last]
}

async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  const bytes = createReadStream(file, { highWaterMark: 1 << 18 })
  // A recording that was cut short ends in the middle of a block.
  const gunzip = () => createGunzip({ chunkSize: 1 << 18, finishFlush: constants.Z_SYNC_FLUSH })
  // An error of the file ends the iteration, so the pipeline has nobody else to tell.
  const plain = file.endsWith('.gz') ? pipeline(bytes, gunzip(), () => undefined) : bytes
  try {
    for await (const chunk of plain) yield chunk as Buffer
  } catch (cause) {
    throw new InputError(`${file} cannot be read: record it again.`, { cause })
  }
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
  if (value === undefined) throw new InputError(`${file} line ${number} is not JSON: record it again.`)
  return value
}
