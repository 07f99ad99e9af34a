/** Remedies for the refusals of a source's deliveries, by the refusal's code. */

type Remedy = (name: string) => string

const compareSecret: Remedy = (name) =>
  `Compare the secret at the ESP with the one here: postern secrets list ${name}. To bring the ESP's: postern secrets rotate ${name} SLOT --stdin. If they agree: postern capture ${name}, then postern verify.`
const adjustSource: Remedy = (name) =>
  `Compare with postern sources show ${name}, and put the source again with the setting that fits.`

const REMEDIES: ReadonlyMap<string, Remedy> = new Map([
  ['secret_missing', (name) => `Bring the ESP's secret: postern secrets rotate ${name} SLOT --stdin.`],
  ['signature_mismatch', compareSecret],
  ['credentials_wrong', compareSecret],
  ['token_invalid', compareSecret],
  ['certificate_refused', compareSecret],
  [
    'proof_missing',
    (name) =>
      `Switch on signing or credentials at the ESP, and enter the webhook URL of postern sources show ${name}.`,
  ],
  [
    'header_missing',
    (name) =>
      `Switch on signing at the ESP, or stop the proxy that removes the header. postern sources show ${name} has the URL.`,
  ],
  [
    'topic_foreign',
    (name) =>
      `Add the topic or the account to the source, if it is yours: postern secrets rotate ${name} <slot> --stdin.`,
  ],
  [
    'timestamp_outside_window',
    () => "Check the sender's clock, or raise replayWindowSeconds if it sends late.",
  ],
  ['source_ip_refused', adjustSource],
  ['checks_failed', adjustSource],
  ['body_too_large', () => 'Raise maxBodyBytes of the source.'],
  ['rate_limited', () => 'Raise ratePerMinute of the source.'],
])

export const remedyFor = (code: string, name: string): string =>
  (
    REMEDIES.get(code) ?? ((source: string) => `postern refusals list --source ${source} shows the refusals.`)
  )(name)
