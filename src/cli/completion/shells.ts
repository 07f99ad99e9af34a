/** Completion scripts. In a checkout, they make `postern` a short name of `npx postern`. Words are of our own table: letters and hyphens; what they say is quoted. */
import type { Spot } from './tree.ts'

export const SHELLS: ReadonlyMap<string, (spots: readonly Spot[]) => string> = new Map([
  ['bash', bash],
  ['zsh', zsh],
  ['fish', fish],
])

const pathsOf = (spots: readonly Spot[]): string[] =>
  spots.map(({ path }) => path).filter((path) => path !== '')

const wordsOf = ({ choices }: Spot): string => choices.map(({ word }) => word).join(' ')

/** Within single quotes. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

function bash(spots: readonly Spot[]): string {
  return `# bash completion for postern: source <(postern completion bash)
_postern() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" spot="" word words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "\${spot:+$spot }$word" in
      ${pathsOf(spots).map(quoted).join(' | ')}) spot="\${spot:+$spot }$word" ;;
    esac
  done
  case "$spot" in
${spots.map((spot) => `    ${quoted(spot.path)}) words=${quoted(wordsOf(spot))} ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _postern postern
type postern >/dev/null 2>&1 || postern() { npx postern "$@"; }
`
}

function zsh(spots: readonly Spot[]): string {
  const choices = (spot: Spot) =>
    spot.choices.map(({ word, says }) => quoted(`${word}:${says.replaceAll(':', '\\:')}`)).join(' ')
  return `#compdef postern
# zsh completion for postern: source <(postern completion zsh)
_postern() {
  local spot="" word
  local -a choices
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${spot:+$spot }$word" in
      (${pathsOf(spots).map(quoted).join(' | ')}) spot="\${spot:+$spot }$word" ;;
    esac
  done
  case "$spot" in
${spots.map((spot) => `    (${quoted(spot.path)}) choices=(${choices(spot)}) ;;`).join('\n')}
  esac
  _describe 'postern' choices || _files
}
compdef _postern postern
whence postern >/dev/null || postern() { npx postern "$@"; }
`
}

function fish(spots: readonly Spot[]): string {
  const lines = spots.flatMap(({ path, choices }) =>
    choices.map(({ word, says }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`
      return `complete -c postern -n ${fishQuoted(`__postern_at ${fishQuoted(path)}`)} ${what} -d ${fishQuoted(says)}`
    }),
  )
  return `# fish completion for postern: postern completion fish | source
set -g __postern_paths ${pathsOf(spots).map(fishQuoted).join(' ')}
function __postern_at
  set -l spot
  for word in (commandline -opc)[2..-1]
    if contains -- (string join ' ' -- $spot $word) $__postern_paths
      set -a spot $word
    end
  end
  test "$spot" = "$argv[1]"
end
${lines.join('\n')}
if not type -q postern
  function postern
    npx postern $argv
  end
end
`
}

/** Within single quotes, where fish knows a backslash. */
const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
