/** The path at which the metered Workers report their counts. Deployed Workers do not have it. */
export const COUNTS_PATH = '/cost-run-counts'
