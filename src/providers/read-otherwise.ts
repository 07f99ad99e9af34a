/**
 * Providers of which a release reads otherwise than the one before, as its notes name them. What is stored by then can be read again
 * (`console/reread.ts`), and `postern doctor` proposes it. A release with such a note adds a row.
 */
export const READ_OTHERWISE: readonly (readonly [version: string, providers: readonly string[]])[] = [
  [
    '0.4.0',
    [
      'ahasend',
      'azure-acs',
      'bird',
      'cloudflare-email',
      'customerio',
      'emailit',
      'forward-email',
      'iterable',
      'klaviyo',
      'lettermint',
      'loops',
      'mailchimp-marketing',
      'maileroo',
      'mailersend',
      'mailgun',
      'mailjet',
      'mailomat',
      'mailpace',
      'mailtrap',
      'postmark',
      'resend',
      'scaleway-tem',
      'sendgrid',
      'ses',
      'smtp2go',
      'sweego',
      'unisender-go',
    ],
  ],
]

/** The newest such release; undefined if there is none. */
export const readOtherwiseSince = (provider: string): string | undefined =>
  READ_OTHERWISE.findLast(([, providers]) => providers.includes(provider))?.[0]
