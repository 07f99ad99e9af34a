/** The secret of measured deliveries. In a file of its own, since a Worker of the benchmark reads it too. */
export const HMAC_KEY = 'bench-0123456789-abcdefghij-0123456789'
