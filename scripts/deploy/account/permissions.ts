/** Which permission of a token each part of the API asks for, and where it is added. */

/** In order: the first that matches. Names as in the dashboard. */
const PERMISSIONS: readonly { readonly path: RegExp; readonly permission: string }[] = [
  { path: /\/queues\b/, permission: 'Account › Queues › Edit' },
  { path: /\/d1\//, permission: 'Account › D1 › Edit' },
  { path: /\/r2\//, permission: 'Account › Workers R2 Storage › Edit' },
  { path: /\/zones\b|\/domains\b/, permission: 'Zone › Workers Routes › Edit' },
  { path: /\/workers\//, permission: 'Account › Workers Scripts › Edit' },
  { path: /./, permission: 'Account › Account Settings › Read' },
]

export const permissionFor = (path: string): string =>
  PERMISSIONS.find((row) => row.path.test(path))?.permission ?? ''

/** One sentence with all of them. */
export const missingPermissions = (permissions: readonly string[]): string =>
  `The token lacks ${[...new Set(permissions)].join(', ')}: add this at https://dash.cloudflare.com/profile/api-tokens ` +
  '(a token of the account: Manage Account › Account API Tokens), and run again. With a log-in: npx wrangler login.'
