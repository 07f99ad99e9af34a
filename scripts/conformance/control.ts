/** Headers that control the Workers of the conformance run. Deployed Workers do not read them. */

/** Milliseconds since the epoch. */
export const CLOCK_HEADER = 'x-conformance-now-ms'
/** `http` or `https`: the scheme of the recorded request. */
export const SCHEME_HEADER = 'x-conformance-scheme'
/** On the response: the number of queue messages that the request sent. */
export const SENT_HEADER = 'x-conformance-sent'
/** A header of the local runtime, from which it builds `request.cf`. */
export const CF_HEADER = 'mf-cf-blob'
