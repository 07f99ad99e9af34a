/** The slot of the webhook URL, for ESPs that sign it. It is sealed since it may carry credentials; alone it verifies nothing. */
export const URL_SLOT = 'webhook_url'
