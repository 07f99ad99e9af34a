/** The package brings no types. Only what the benchmark calls. */
declare module 'sns-validator' {
  export default class MessageValidator {
    validate(message: object, done: (error: Error | null) => void): void
  }
}
