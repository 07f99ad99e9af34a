/** Names that others have chosen, as far as they may be repeated in an answer. */

/** Words joined by humps or underscores, with a short number behind; or a place in a list. Random texts are none of these. */
const PART =
  /^(?:_{0,2}[A-Za-z]?[a-z]*[0-9]{0,3}(?:(?:_[a-z]+|[A-Z]{1,2}[a-z]+)[0-9]{0,3})*_{0,2}|[0-9]{1,5})$/

/** Longer than any name of ours. */
const PART_MAX_CHARACTERS = 30
const PATH_MAX_CHARACTERS = 200

/** The dotted path; empty where a part of it looks like no name, since it may be a secret or an address in the wrong place. */
export const nameable = (path: string): string =>
  path.length <= PATH_MAX_CHARACTERS &&
  path.split('.').every((part) => part.length <= PART_MAX_CHARACTERS && PART.test(part))
    ? path
    : ''
