/** URLs as people may see them. Whoever reads a user name, a password or a query's value can use it, so these are masked. */

export const MASK = '***'

/** A document's limit: a masked URL has to fit where the URL did. */
const MAX_CHARACTERS = 2_048

/** The usual spelling of an absolute URL. Read as text, since an ESP signs the text: the parser of the runtime spells anew. */
const PLAIN = /^(https?:\/\/)(?:([^/?#\\]*)@)?([^/?#\\@\s\p{Cc}][^?#\\\s\p{Cc}]*)(\?[^#]*)?(#.*)?$/iu

/**
 * The URL with `***` for its user name and password, each value of its query, and its fragment. What carries none of these comes
 * back as it is, and so does what is masked already.
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

/** Whether something in it stands for what is not shown: it is not the URL that the ESP has. */
export const isMasked = (url: string): boolean =>
  /\/\/\*\*\*@|[?&](?:[^=&#]*=)?\*\*\*(?:[&#]|$)|#\*\*\*$/.test(url)

/** What has no value may be a token itself, with the padding of its base64. */
const maskedParameter = (_all: string, mark: string, name: string, value = ''): string => {
  const isAlone = /^=*$/.test(value)
  if (isAlone) return name === '' && value === '' ? mark : mark + MASK
  return `${mark}${name}=${MASK}`
}

/** What the runtime makes of another spelling: backslashes, white space, one slash or none. */
function partsOf(text: string): readonly (string | undefined)[] {
  const { protocol, username, password, host, pathname, search, hash } = new URL(text)
  const userinfo = username + password === '' ? undefined : username
  return [text, `${protocol}//`, userinfo, host + pathname, search, hash === '' ? undefined : hash]
}
