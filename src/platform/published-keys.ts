/**
 * Keys that vendors and their libraries print in manuals, examples and tests. Anyone can sign with them. A published public key is
 * listed because its private half is not the ESP's alone. The conformance run plays deliveries that were recorded under some of these
 * keys, so its Workers are bundled with another list instead of this file (`scripts/conformance/no-published-keys.ts`).
 */

/** Texts as operators enter them, without `whsec_` and without base64 padding. Public keys are base64 SPKI without padding. */
export const PUBLISHED_KEYS: ReadonlySet<string> = new Set([
  // Mandrill signs with it before a webhook has a key of its own.
  'test-webhook',
  // Mandrill: a captured delivery in the tests of mandrill-rails.
  'ntynTMaFpM_octE5R1DKAw',
  // Standard Webhooks and Svix: the libraries' tests and READMEs, the API reference, the manual, the server's README.
  'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  'C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  'plJ3nmyCDGBKInavdOK15jsl',
  '51TKyHBy5KFY1Ab98GQ8V60BkWnejkWy',
  // Standard Webhooks and Svix, Ed25519: its private half (`whsk_6Xb/…`) is in the same README.
  'MCowBQYDK2VwAyEA1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4',
  // RFC 9421 appendix B.1.4, with its private half. Libraries of HTTP message signatures test with it.
  'MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs',
  // Resend and MailerSend: the tests of Symfony's bridges. The third one is used there for Mailgun and Mandrill.
  'ESwTAuuIe3yfH4DgdgI+ENsiNzPAGdp+',
  'GvLY88Uyj70jQm3fUwYyWmAaiz98wWim',
  'key-0p6mqbf74lb20gzq9f4dhpn9rg3zyk26',
  // AhaSend and Mailomat: the tests of Symfony's bridges.
  'nxLe:L:fZLb7J_Wb3uFeWX/&z4Ed#9&DxPL%Ud&:jhpAW1gLaR%AEFwfKnwp60cC',
  'NgD3IyUA0oLfkM5IyL8tdMNJeIYeBXOpAcnulN1du1aqh3jFbo766lKdJvMePUy5',
  // Loops: the tests of loops-go.
  'c3VwZXItc2VjcmV0LWtleS1ieXRlcw',
  // Mailgun: the manual.
  'key-3ax6xnjp29jd6fds4gc373sgvjxteol0',
  // MailerSend signs its test call with it, see `src/providers/mailersend.ts`.
  'test_Am3L1GuOIc4blLUuHqAPxxwkZaJyEk8G',
  // MailerSend: the tests of its SDK.
  'yXdTVu1YewsKiuN2bcILlFHsljmR9kaU',
  // Mailtrap: the examples and tests of all its SDKs.
  '8d9a3c0e7f5b2d4a6c1e9f8b3a7d5c2e',
  // SendGrid: the examples and tests of all its helper libraries.
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g',
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQ4LIFtWztlsF7skFqOncjD1lun4H5w8XOhyOArHW9RcIx/FfEzx6cikC/yPfUvwaX/JScE7Fc9CJD2afQ9Ok3Q',
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqTxd43gyp8IOEto2LdIfjRQrIbsd4SXZkLW6jDutdhXSJCWHw8REntlo7aNDthvj+y7GjUuFDb/R1NGe1OPzpA',
  // JSON Web Tokens: what jwt.io shows.
  'a-string-secret-at-least-256-bits-long',
])
