/**
 * The answer of a mail server as one line that patterns are compared with, and the codes in it. Texts come from strangers, name people,
 * and are cut before anything looks at them.
 */

/** RFC 5321 section 4.5.3.1.5 allows 512 characters a line; an answer of several lines with its chain of servers fits. */
const MAX_CHARACTERS = 1_000

export interface Answer {
  /** Lower case, on one line, without addresses of people. */
  readonly text: string
  /** As {@link text}, without what says nothing, and without what links say behind their host. */
  readonly plain: string
}

/** The command before any recipient was named, in the words of Postfix and of Exim. */
const BEFORE_RECIPIENT = /(?:in reply to|after) (?:mail from|[eh]+lo|initial connection)/i

/** Whether the server said it of whoever sends, as it knew no recipient yet. */
export const isBeforeRecipient = (text: string): boolean =>
  BEFORE_RECIPIENT.test(text.slice(0, MAX_CHARACTERS))

export interface Codes {
  readonly smtp_code?: string
  readonly enhanced_code?: string
}

/** RFC 3463: class, subject from 0 to 7, detail. It is no part of an IP address, a host name or a version. */
const ENHANCED = /(?<![a-z0-9.])(?<!version )([245]\.[0-7]\.[0-9]{1,3})(?!\w|\.[0-9a-z])/g
/** Behind a number that is a size or a limit. */
const NO_UNIT = String.raw`(?! ?(?:[kKmMgG]i?[bB]|bytes|e?mails|messages|recipients|connections|errors|times|seconds|minutes|hours|days)\b)`
/** Reply codes that mail servers use (RFC 5321 section 4.2.3, RFC 4954, and those of large providers). */
const REPLY = new RegExp(
  String.raw`(?<![\w./@+-]|\w#|[0-9]:|(?<![Cc]ode|[Ee]rror|[Rr]eply|[Ss]tatus|smtp|SMTP)=|\b(?:[Pp]ort|[Ii][Dd]|[Ss]ize|[Ll]imit|[Rr]ule|[Tt]icket) )` +
    '(25[0-3]|4(?:2[126]|3[12]|4[0-9]|5[0-9]|71)|5(?:0[0-4]|1[0-9]|2[0-9]|3[0-9]|4[01]|5[0-9]|7[01]|91))' +
    String.raw`(?=$|[\s:;,)\]"'\-[{}<>|]|[/_](?=[245]\.)|\.(?![0-9]))` +
    NO_UNIT,
  'g',
)
/** An answer that begins with a code may use any. */
const LEADING = new RegExp(
  String.raw`^\W{0,3}(?:E?SMTP\W{1,3}|e?smtp\W{1,3})?([45][0-9]{2})(?=[\s-]{0,3}(?:$|[^\s0-9-]|[45]\.[0-9]))(?![\w./:])${NO_UNIT}`,
)

/** The codes of an answer, wherever they stand. In a chain of servers the last one has seen the recipient. */
export function codesOf(text: string | undefined): Codes {
  const cut = (text ?? '').slice(0, MAX_CHARACTERS)
  const inner = innermost(cut)
  const enhanced = last(inner, ENHANCED) ?? last(cut, ENHANCED)
  const reply = LEADING.exec(inner)?.[1] ?? first(inner, REPLY) ?? first(cut, REPLY)
  return {
    ...(reply === undefined ? {} : { smtp_code: reply }),
    ...(enhanced === undefined ? {} : { enhanced_code: enhanced }),
  }
}

const first = (text: string, form: RegExp): string | undefined => text.matchAll(form).next().value?.[1]
const last = (text: string, form: RegExp): string | undefined => [...text.matchAll(form)].at(-1)?.[1]

/** Words of servers that pass on the answer of another. */
const PASSED_ON = [
  ' said: ',
  ' talk to me: ',
  ' server was: ',
  ' returned was: ',
  ' server returned: ',
  ' responded with: ',
]
/** Cisco's mail gateways classify the answer before they quote it: `5.1.0 - Unknown address error 550-'5.7.1 … Access denied'`. */
const CLASSIFIED = /[245]\.[0-9]\.[0-9]{1,3} - [a-z ]{1,40} (?=[245][0-9]{2}[ -]['"])/i

/** The answer of the last server in a chain: `host a said: 450 … host b said: 550 …`. */
function innermost(text: string): string {
  const inner = text.slice(Math.max(...PASSED_ON.map((words) => endOfLast(text, words))))
  const quoted = CLASSIFIED.exec(inner)
  return quoted === null ? inner : inner.slice(quoted.index + quoted[0].length)
}

function endOfLast(text: string, words: string): number {
  const at = text.lastIndexOf(words)
  return at < 0 ? 0 : at + words.length
}

const ADDRESS = /[^\s<>()[\]"',;:]{1,64}@[^\s<>()[\]"',;:]{1,255}/g
const LINK = /https?:\/\/([^\s/<>"']{1,255})[^\s<>"')\]]*/g
/** Additions to an answer: the command that it answers, the number of attempts, the host. */
const ADDED = /\((?:in reply to [a-z ]{1,40}|delivery attempts: [0-9]{1,6})\)/g
const OF_HOST = /\bhost [\w.-]{1,255} ?\[[0-9a-f.:]{2,45}\]:? ?/g
/** Brackets in which an address stood, or a name without a domain. */
const EMPTY = /<[\w.+-]{0,64}>|\( *\)/g
/** Postfix puts it before every reason that the recipient's side gives. */
const REJECTED = /recipient address rejected ?: ?/g

export function answerOf(text: string): Answer {
  const one = innermost(text.slice(0, MAX_CHARACTERS)).toLowerCase().replaceAll(/\s+/g, ' ')
  const said = withoutRepeatedCodes(one)
    .replaceAll(ADDRESS, '')
    .replaceAll(ADDED, '')
    .replaceAll(EMPTY, '')
    .replaceAll(/ {2,}/g, ' ')
  return { text: said, plain: said.replaceAll(REJECTED, '').replaceAll(OF_HOST, '').replaceAll(LINK, '$1') }
}

/** An answer of several lines has its codes on each: `550-5.1.1 The account 550 5.1.1 does not exist`. */
function withoutRepeatedCodes(text: string): string {
  const [codes, reply] = /^\D{0,40}?([245][0-9]{2})[ -](?:#?[245]\.[0-9]\.[0-9]{1,3})?/.exec(text) ?? []
  if (codes === undefined || reply === undefined) return text
  const again = new RegExp(` ${reply}[ -](?:#?[245]\\.[0-9]\\.[0-9]{1,3} )?`, 'g')
  return codes + text.slice(codes.length).replaceAll(again, ' ')
}
