/** URLs as people may see them: user name, password and query values are masked, since anyone who reads them can use them. */

export const MASK = '***'

/** The limit of a source document: a masked URL must fit where the URL did. */
const MAX_CHARACTERS = 2_048

/** The usual spelling of an absolute URL. It is read as text, since an ESP signs the text and the runtime's parser normalizes it. */
const PLAIN = /^(https?:\/\/)(?:([^/?#\\]*)@)?([^/?#\\@\s\p{Cc}][^?#\\\s\p{Cc}]*)(\?[^#]*)?(#.*)?$/iu

/**
 * The URL with `***` for its user name and password, each value of its query, and its fragment. A URL without these, or one that
 * is masked already, is returned unchanged.
 *
 * @param url absolute, http or https
 */
export function shownUrl(url: string): string {
  const [, scheme = '', userinfo, rest = '', query = '', fragment] = PLAIN.exec(url) ?? partsOf(url)
  const front = `${scheme}${userinfo === undefined ? '' : `${MASK}@`}${rest}`
  const back = fragment === undefined ? '' : `#${MASK}`
  const whole = `${front}${query.replaceAll(/([?&])([^=&]*)(?:=([^&]*))?/g, maskedParameter)}${back}`
  return whole.length <= MAX_CHARACTERS ? whole : `${front}?${MASK}${back}`
}

/** Whether parts of it are masked. Then it is not the URL that the ESP has. */
export const isMasked = (url: string): boolean =>
  /\/\/\*\*\*@|[?&](?:[^=&#]*=)?\*\*\*(?:[&#]|$)|#\*\*\*$/.test(url)

/** A parameter without a value may be a token itself, with the padding of its base64. */
const maskedParameter = (_all: string, mark: string, name: string, value = ''): string => {
  const isAlone = /^=*$/.test(value)
  if (isAlone) return name === '' && value === '' ? mark : mark + MASK
  return `${mark}${name}=${MASK}`
}

/** Parts of a URL in another spelling, as the runtime normalizes it: backslashes, white space, one slash or none. */
function partsOf(text: string): readonly (string | undefined)[] {
  const { protocol, username, password, host, pathname, search, hash } = new URL(text)
  const userinfo = username + password === '' ? undefined : username
  return [text, `${protocol}//`, userinfo, host + pathname, search, hash === '' ? undefined : hash]
}
