/** Where the metered Workers tell what they have counted. No Worker of a deployment knows this path. */
export const COUNTS_PATH = '/cost-run-counts'
