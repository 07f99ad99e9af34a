/** The slot of the URL that an ESP was given and signs: sealed, since it may carry credentials. It proves no delivery by itself. */
export const URL_SLOT = 'webhook_url'
