/** JSON that a person wrote or saved, as an object. */
import { UsageError } from './stop.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** @throws {UsageError} for anything but one JSON object; `what` names it, its content is not quoted */
export function objectFrom(text: string, what: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new UsageError(`${what} is not JSON.`)
  }
  if (!isObject(value)) throw new UsageError(`${what} must be one JSON object.`)
  return value
}
