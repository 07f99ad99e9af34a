/** The addresses of a CSV of requests. All of them are checked before the first one is used. */
import { Readable } from 'node:stream'
import { readAddress } from '../../api/address.ts'
import type { Io } from '../command.ts'
import { readRows } from '../csv/read.ts'
import { bytesOf } from '../input-file.ts'
import { UsageError } from '../stop.ts'

/** Lines that are named; the rest is counted. */
const NAMED_LINES = 20

/** @throws {UsageError} that names each line without an address, and quotes none */
export async function addressesIn(file: string, io: Io): Promise<string[]> {
  const addresses = new Map<string, string>()
  const wrong: number[] = []
  const bytes = await bytesOf(file, io)
  for await (const { line, address } of readRows(Readable.from([bytes]))) {
    const read = readAddress(address)
    if (read === undefined) wrong.push(line)
    else addresses.set(read.toLowerCase(), read)
  }
  if (wrong.length > 0)
    throw new UsageError(
      `Nobody was erased: no address is in line ${wrong.slice(0, NAMED_LINES).join(', ')}${wrong.length > NAMED_LINES ? ` and ${wrong.length - NAMED_LINES} more` : ''}.`,
    )
  if (addresses.size === 0) throw new UsageError('There is no address in this file.')
  return [...addresses.values()]
}
