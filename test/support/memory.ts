/**
 * Modules of `src` that remember: the wiring of the Workers, since to evaluate one is to begin an isolate, whose memory is empty; and the table
 * of schemes, with its caches of keys and certificates and the budgets to fetch them. No other module remembers what a test did.
 */
export const WITH_MEMORY =
  /\/src\/(?:(?:console|consumer|gateway)\/index|gateway\/authenticate\/schemes)\.ts$/
