/** `postern explain`: the cause that an answer of a mail server names, on this machine alone. */
import { codesOf } from '../../event/cause/answer.ts'
import { type Known, causeOf, providerIn } from '../../event/cause/cause-of.ts'
import { meaningOf } from '../../event/cause/causes.ts'
import { pageOf } from '../../event/cause/postmaster-pages.ts'
import { isObject, parseJson } from '../../platform/json.ts'
import { visibleText } from '../../platform/visible.ts'
import { type MakeListed, verb } from '../command.ts'
import { UsageError } from '../stop.ts'

export const explain: MakeListed = ({ io, paint }, ...named) =>
  verb(...named, 'postern explain "550 5.1.1 The email account that you tried to reach does not exist"')
    .argument('[TEXT...]', 'answers, each as one argument; without any, each line of standard input is one')
    .addHelpText(
      'after',
      `\nWith --json each line of standard input is {"text", "code"?, "provider"?}, and each line of the output
{"cause", "cause_detail"}. The code is of SMTP, as 550 or 5.1.1; the provider is the recipient's, as gmail.`,
    )
    .action(async (texts, options) => {
      const given = texts.length > 0
      const wrong: string[] = []
      for (const [index, text] of (given ? texts : linesOf(await io.stdin())).entries()) {
        if (!given && text.trim() === '') continue
        const known = given || options.json !== true ? { text } : asked(text)
        if (known === undefined) {
          const error = `Line ${index + 1} must be an object with a text: {"text": "550 5.1.1 …"}.`
          wrong.push(error)
          io.print(JSON.stringify({ cause: null, cause_detail: null, error }))
          continue
        }
        const found = causeOf(known)
        const json = { cause: found?.cause ?? null, cause_detail: found?.detail ?? null }
        if (options.json === true) io.print(JSON.stringify(json))
        else io.print(`${wordsOf(found, text)}\n${paint('dim', visibleText(text, SHOWN_CHARACTERS))}`)
      }
      if (wrong.length > 0) throw new UsageError(wrong.slice(0, SHOWN_LINES).join('\n'))
    })

const SHOWN_CHARACTERS = 300
const SHOWN_LINES = 10

const linesOf = (bytes: Uint8Array): string[] => new TextDecoder().decode(bytes).split('\n')

function asked(line: string): Known | undefined {
  const parsed = parseJson(new TextEncoder().encode(line))
  if (!isObject(parsed) || typeof parsed['text'] !== 'string') return undefined
  const { text, code, provider } = parsed
  const codes = codesOf(typeof code === 'string' || typeof code === 'number' ? String(code) : '')
  return {
    text,
    smtpCode: codes.smtp_code,
    enhancedCode: codes.enhanced_code,
    mailboxProvider: typeof provider === 'string' ? nameOf(provider) : undefined,
  }
}

/** Names that other lists use for our mailbox providers. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  google: 'gmail',
  gsuite: 'gmail',
  microsoft: 'outlook',
  microsoft365: 'outlook',
  exchangeonline: 'outlook',
  apple: 'icloud',
  yahooinc: 'yahoo',
  aol: 'yahoo',
  att: 'yahoo',
  webde: 'web_de',
  tonline: 't_online',
  mailru: 'mail_ru',
  tencent: 'qq',
}

function nameOf(provider: string): string {
  const name = provider.toLowerCase()
  return Object.hasOwn(OTHER_NAMES, name) ? (OTHER_NAMES[name] ?? name) : name
}

function wordsOf(found: ReturnType<typeof causeOf>, text: string): string {
  if (found === null) return 'unknown: the answer does not say why.'
  const { means, todo } = meaningOf(found.cause)
  const page = pageOf(found, providerIn(text))
  return `${found.cause}${found.detail === null ? '' : ` (${found.detail})`}: ${means} ${todo}${page === null ? '' : ` See ${page}`}`
}
