/** Headers that steer the conformance run's own Workers. No Worker of a deployment reads them. */

/** Milliseconds since the epoch. */
export const CLOCK_HEADER = 'x-conformance-now-ms'
/** `http` or `https`: how the recorded request came. */
export const SCHEME_HEADER = 'x-conformance-scheme'
/** On the answer: how many queue messages the request sent. */
export const SENT_HEADER = 'x-conformance-sent'
/** The local runtime's own: what it makes `request.cf` of. */
export const CF_HEADER = 'mf-cf-blob'
