/** The secret of measured deliveries, in its own file since a Worker of the benchmark imports it, too. */
export const HMAC_KEY = 'bench-0123456789-abcdefghij-0123456789'
