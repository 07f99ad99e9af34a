/** Error for input that cannot be played. The message says what is wrong, where, and what to do. */
export class InputError extends Error {}
