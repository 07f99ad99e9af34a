/** Types of the part that the benchmark calls: the package has none. */
declare module 'sns-validator' {
  export default class MessageValidator {
    validate(message: object, done: (error: Error | null) => void): void
  }
}
