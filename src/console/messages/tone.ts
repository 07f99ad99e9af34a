/** How a word looks. */
export type Tone = 'good' | 'bad' | 'warn' | 'plain'
