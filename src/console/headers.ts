/** Headers of every answer of the console. */

/** Nothing may load, frame or post anything but the console itself. The script makes HTML by one named policy alone. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types postern',
].join('; ')

/** Two years. Not its subdomains: they are not ours. */
const TRANSPORT = 'max-age=63072000'

/** Headers that every answer carries. */
export const protection = (url: URL): Readonly<Record<string, string>> => ({
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // Not `no-referrer`: under it a browser posts our own forms with `Origin: null`, and the origin could not be checked.
  'referrer-policy': 'same-origin',
  ...(url.protocol === 'https:' ? { 'strict-transport-security': TRANSPORT } : {}),
})
