/** Wiring of the Workers: to evaluate one is to begin an isolate, whose memory is empty. No other module of `src` remembers what a test did. */
export const WITH_MEMORY = /\/src\/(?:console|consumer|gateway)\/index\.ts$/
