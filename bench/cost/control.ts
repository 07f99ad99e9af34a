/** The path at which the metered Workers report their counts. Deployed Workers do not have it. */
export const COUNTS_PATH = '/cost-run-counts'

/** Where the metered consumer reports what destinations use. */
export const DESTINATIONS_PATH = '/destinations'

/** Where the metered consumer lets a minute be watched, and reports what the watch has used since. */
export const WATCH_PATH = '/watch'

/** Where the metered consumer lets the archive run, and reports what it has used since. */
export const ARCHIVE_PATH = '/archive'
