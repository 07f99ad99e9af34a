/** Names chosen by others, as far as an answer may repeat them. */

/** Words in camelCase or snake_case with a short number at the end, or an index of a list. Random texts match none of these. */
const PART =
  /^(?:_{0,2}[A-Za-z]?[a-z]*[0-9]{0,3}(?:(?:_[a-z]+|[A-Z]{1,2}[a-z]+)[0-9]{0,3})*_{0,2}|[0-9]{1,5})$/

/** Longer than any name in Postern's documents. */
const PART_MAX_CHARACTERS = 30
const PATH_MAX_CHARACTERS = 200

/** The dotted path. It is empty if a part does not look like a name: it may be a misplaced secret or address. */
export const nameable = (path: string): string =>
  path.length <= PATH_MAX_CHARACTERS &&
  path.split('.').every((part) => part.length <= PART_MAX_CHARACTERS && PART.test(part))
    ? path
    : ''
