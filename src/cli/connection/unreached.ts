/** Why a call got no answer, with what to do. */
import { Stop } from '../stop.ts'

const SENTENCES: readonly (readonly [code: RegExp, sentence: string])[] = [
  [
    /^ECONNREFUSED$/,
    'Nothing listens there: is Postern running, and is the port right? If npm start runs with another CONSOLE_PORT, set the same here, or POSTERN_URL.',
  ],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'The name of the host cannot be resolved: is the URL right?'],
  [/^CERT_HAS_EXPIRED$/, 'Its TLS certificate has expired.'],
  [
    /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT)/,
    'Its TLS certificate is not trusted here: check the URL; NODE_EXTRA_CA_CERTS names a CA of your own.',
  ],
  [
    /^(?:ERR_SSL|ERR_TLS|EPROTO)/,
    'It does not speak TLS as expected: is it https there, and is the port right?',
  ],
  [/^(?:ECONNRESET|UND_ERR_SOCKET|EPIPE)$/, 'The connection broke off: try again.'],
  [
    /^(?:EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/,
    'The host cannot be reached from here.',
  ],
]

/** @param cause what `fetch` threw */
export function unreached(url: URL, cause: unknown): Stop {
  const stop = (sentence: string) =>
    new Stop('denied', 'not_reached', `${url.origin} was not reached. ${sentence}`)
  if (cause instanceof DOMException && cause.name === 'TimeoutError')
    return stop('It did not answer in time: try again.')
  const code = codeIn(cause)
  const [, sentence] = SENTENCES.find(([form]) => form.test(code)) ?? []
  return stop(sentence ?? `The connection failed${code === '' ? '' : ` (${code})`}.`)
}

/** Where several addresses were attempted, the first one's. */
function codeIn(cause: unknown): string {
  if (!(cause instanceof Error)) return ''
  if ('code' in cause && typeof cause.code === 'string' && cause.code !== '') return cause.code
  if (cause instanceof AggregateError) return codeIn(cause.errors[0])
  return codeIn(cause.cause)
}
