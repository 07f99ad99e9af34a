/** Native types as a pattern remembers and tells them. A sender may choose any text. */
import { nameable } from '../../platform/nameable.ts'

const NAME_MAX_CHARACTERS = 40

/** Cuts and replaces what makes no name, with a hyphen, so that it is never repeated as one. */
export function boundedName(type: string): string {
  const plain = type.replaceAll(/[^\w.]/g, '-')
  if (plain.length <= NAME_MAX_CHARACTERS) return plain
  return `${plain.slice(0, NAME_MAX_CHARACTERS / 2 - 1)}-${plain.slice(-NAME_MAX_CHARACTERS / 2)}`
}

/** A type is a part of the payload. It is repeated only if it is a name, since it may hold anything. */
export function typeInWords(type: string): string {
  const name = nameable(type)
  return name === '' ? 'one type' : `type ${name}`
}
