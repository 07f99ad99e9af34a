/** Reads the form of first calls, which nobody has verified. */
import { type JsonObject, isObject, parseUnverified } from '../../platform/json.ts'

/** The object in a body that has exactly these fields, each with a text; `undefined` for any other body. */
export function onlyTextsIn(body: Uint8Array, names: readonly string[]): JsonObject | undefined {
  const parsed = parseUnverified(body)
  if (!isObject(parsed) || Object.keys(parsed).length !== names.length) return undefined
  const isText = (name: string) =>
    Object.hasOwn(parsed, name) && typeof parsed[name] === 'string' && parsed[name] !== ''
  return names.every(isText) ? parsed : undefined
}
