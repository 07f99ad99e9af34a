/** The look of all pages: one sheet, no framework. Colours stand once for light and once for dark, sizes follow the reader's. */
const COLOURS = `
:root {
  color-scheme: light dark;
  --paper: #f6f4ee; --sheet: #fffdf9; --ink: #20262a; --soft: #5a646a; --line: #dfdbd0; --code: #efece3;
  --accent: #135a5c; --on-accent: #ffffff; --focus: #b4540a;
  --good: #1d6842; --good-bg: #e3f0e6; --bad: #98301e; --bad-bg: #f9e5df; --warn: #735300; --warn-bg: #f6ecd2;
  --plain: #48525a; --plain-bg: #eae7de;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #13171a; --sheet: #1a2023; --ink: #e7e5de; --soft: #a4aeb3; --line: #30393e; --code: #252d31;
    --accent: #7ac8c2; --on-accent: #0c2021; --focus: #f0a35a;
    --good: #8bd3a7; --good-bg: #1c3426; --bad: #f3a290; --bad-bg: #3e241e; --warn: #e3bf69; --warn-bg: #372d16;
    --plain: #b9c2c6; --plain-bg: #2a3236;
  }
}
`

const GROUND = `
*, *::before, *::after { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem }
body {
  margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: break-word;
  font: 1rem/1.55 ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
}
h1, h2, .wordmark, .figure { font-family: 'Iowan Old Style', 'Palatino Linotype', Palatino, 'Book Antiqua', Georgia, serif }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; font-weight: 600; letter-spacing: -.01em }
h2 { font-size: 1.3125rem; line-height: 1.25; margin: 0; font-weight: 600; letter-spacing: -.005em }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem }
p { margin: 0 0 .75rem; max-width: 68ch }
a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: .07em }
a:hover { text-decoration-thickness: .14em }
code, pre { font: .875em/1.5 ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'Liberation Mono', monospace }
code { overflow-wrap: anywhere }
pre {
  margin: 0; padding: 1rem; background: var(--code); border-radius: .5rem;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
time { white-space: nowrap }
:focus-visible { outline: .1875rem solid var(--focus); outline-offset: .125rem; border-radius: .25rem }
main:focus, section:focus { outline: none }
.soft { color: var(--soft) }
.visually-hidden {
  position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; border: 0;
}
.skip { position: absolute; left: 1rem; top: -4rem; padding: .5rem 1rem; background: var(--accent); color: var(--on-accent) }
.skip:focus { top: .5rem; z-index: 1 }
.unseen {
  padding: 0 .25em; border-radius: .2em; background: var(--warn-bg); color: var(--warn);
  font: .8em/1.4 ui-monospace, Menlo, Consolas, monospace; white-space: nowrap;
}
`

const FRAME = `
.top { background: var(--sheet); border-bottom: 1px solid var(--line) }
.bar, .top nav, main { width: min(100%, 78rem); margin-inline: auto; padding-inline: clamp(1rem, 3vw, 2rem) }
.bar { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem 1.5rem; padding-block: .75rem }
.wordmark {
  display: inline-flex; align-items: center; gap: .6rem; color: var(--ink); text-decoration: none;
  font-size: 1.375rem; font-weight: 600; letter-spacing: -.01em;
}
.corner { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.25rem; font-size: .9375rem }
.top nav ul { display: flex; flex-wrap: wrap; gap: 0 1.5rem; margin: 0; padding: 0 0 .5rem; list-style: none; font-size: .9375rem }
.top nav a { display: inline-block; padding: .25rem 0; color: var(--soft); text-decoration: none }
.top nav a:hover { color: var(--accent); text-decoration: underline }
main { padding-block: 1.75rem 5rem }
.bottom { border-top: 1px solid var(--line); padding: 1.25rem clamp(1rem, 3vw, 2rem); text-align: center; font-size: .9375rem }
.narrow { max-width: 34rem; margin-inline: auto; padding-top: clamp(0rem, 6vh, 4rem) }
.lead { color: var(--soft); margin: .25rem 0 0 }
.narrow .lead { margin-bottom: 1.5rem }
section > .notice { margin: 0 0 .875rem }
section { margin-top: 2.75rem }
.section-head { display: flex; flex-wrap: wrap; align-items: end; justify-content: space-between; gap: .75rem 1.5rem; margin-bottom: .875rem }
.aside { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 1px; margin: 0; background: var(--line); border: 1px solid var(--line); border-radius: .625rem; overflow: hidden }
.figures div { display: flex; flex-direction: column-reverse; justify-content: flex-end; padding: .875rem 1.125rem; background: var(--sheet) }
.figures dt { color: var(--soft); font-size: .875rem }
.figures dd { margin: 0 }
.figure { font-size: 1.875rem; line-height: 1.2; font-variant-numeric: lining-nums tabular-nums }
.figure.bad { color: var(--bad) }
.figure.warn { color: var(--warn) }
.notice { padding: .75rem 1rem; border-radius: .5rem; max-width: none }
.notice.good { background: var(--good-bg); color: var(--good) }
.notice.bad { background: var(--bad-bg); color: var(--bad) }
.empty { margin: 0; padding: 1.25rem; color: var(--soft); background: var(--sheet); border: 1px dashed var(--line); border-radius: .625rem; max-width: none }
.live { display: inline-flex; align-items: center; gap: .5rem; color: var(--soft) }
.live::before { content: ''; width: .5rem; height: .5rem; border-radius: 50%; background: var(--good) }
.live.paused::before { background: none; border: 1.5px solid var(--soft) }
.facts { display: grid; grid-template-columns: auto 1fr; gap: .375rem 1.25rem; margin: 1.25rem 0 1.75rem }
h2 + pre, h2 + .empty { margin-top: .625rem }
.facts dt { color: var(--soft) }
.facts dd { margin: 0; min-width: 0; overflow-wrap: anywhere }
`

const TABLES = `
table { width: 100%; border-collapse: separate; border-spacing: 0; background: var(--sheet); border: 1px solid var(--line); border-radius: .625rem; font-size: .9375rem }
th { padding: .625rem .875rem; text-align: left; font-weight: 500; font-size: .8125rem; color: var(--soft); border-bottom: 1px solid var(--line); white-space: nowrap }
td { padding: .625rem .875rem; vertical-align: top; border-bottom: 1px solid var(--line) }
tr:last-child td { border-bottom: 0 }
.cell { min-width: 0; overflow-wrap: anywhere }
.name > .cell { width: max-content; max-width: 15rem; overflow-wrap: break-word }
.name code { white-space: nowrap }
.address { width: 32% }
.long { min-width: 14rem }
.clock { display: block; color: var(--soft); font-size: .875rem }
.number { text-align: right; font-variant-numeric: lining-nums tabular-nums }
.number .cell { white-space: nowrap }
.badge { display: inline-block; padding: .0625rem .5rem; border-radius: 1rem; font-size: .8125rem; font-weight: 500; white-space: nowrap }
.badge.good { background: var(--good-bg); color: var(--good) }
.badge.bad { background: var(--bad-bg); color: var(--bad) }
.badge.warn { background: var(--warn-bg); color: var(--warn) }
.badge.plain { background: var(--plain-bg); color: var(--plain) }
.more { margin: .75rem 0 0; color: var(--soft); font-size: .9375rem }
.plain-list { margin: 0; padding: 0; list-style: none }
.plain-list li + li { margin-top: .375rem }
.after { margin-top: 1.25rem }
.under { display: block; color: var(--soft); font-size: .875rem }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center }
.under .clock, .plain-list .clock, .facts .clock { display: inline; margin-left: .25rem }
@media (max-width: 60rem) {
  table, tbody, tr, td { display: block }
  table { border: 0; background: none }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  tr { margin-bottom: .75rem; padding: .375rem 0; background: var(--sheet); border: 1px solid var(--line); border-radius: .625rem }
  td, tr:last-child td { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .75rem; padding: .3125rem .875rem; border: 0 }
  td::before { content: attr(data-label); color: var(--soft); font-size: .8125rem; line-height: 1.75 }
  .number { text-align: left }
  .long { min-width: 0 }
  .address { width: auto }
  .name > .cell { width: auto; max-width: none }
  .name code { white-space: normal }
  time { white-space: normal }
  .clock { display: inline; margin-left: .25rem; white-space: nowrap }
}
`

const FORMS = `
form { margin: 0 }
button {
  min-height: 2.25rem; padding: .375rem 1rem; border: 1px solid var(--accent); border-radius: .4375rem; cursor: pointer;
  background: var(--accent); color: var(--on-accent); font: 500 .9375rem/1.3 inherit; font-family: inherit;
}
button:hover { filter: brightness(1.1) }
button.quiet { background: none; color: var(--accent); border-color: var(--line) }
button.quiet:hover { border-color: var(--accent); filter: none }
td button { min-height: 2rem; padding: .1875rem .75rem; font-size: .875rem }
.button { display: inline-flex; align-items: center; min-height: 2.25rem; padding: .375rem 1rem; border: 1px solid var(--line); border-radius: .4375rem; text-decoration: none; font-weight: 500; font-size: .9375rem }
.button:hover { border-color: var(--accent) }
.stacked { display: grid; gap: .375rem; justify-items: start }
.stacked label { font-weight: 500; margin-top: .5rem }
.stacked input:not([type=checkbox], [type=radio]) { width: 100% }
.stacked fieldset { border: 0; margin: .5rem 0 0; padding: 0 }
.stacked legend { font-weight: 500; padding: 0 }
.choice { display: inline-flex; align-items: center; gap: .5rem; min-height: 2.75rem; margin-right: 1.5rem; font-weight: 400 }
.choice input { min-height: 0 }
.stacked > button, .stacked .buttons { margin-top: 1rem }
.stacked .buttons { gap: 1rem }
input { min-height: 2.75rem; padding: .5rem .75rem; border: 1px solid var(--soft); border-radius: .4375rem; background: var(--sheet); color: var(--ink); font: inherit }
@media (prefers-reduced-motion: no-preference) { button, .button { transition: border-color .12s, filter .12s } }
@media (forced-colors: active) { .badge, button, .button { border: 1px solid } }
`

const DOCS = `
h4 { font-size: .9375rem; margin: 1.25rem 0 .375rem }
.operation { margin-top: .75rem; background: var(--sheet); border: 1px solid var(--line); border-radius: .625rem }
.operation > summary { padding: .75rem 1rem; cursor: pointer; overflow-wrap: anywhere }
.operation[open] > summary { border-bottom: 1px solid var(--line) }
.operation h3 { display: inline; margin: 0 }
.inside { padding: .875rem 1rem 1rem }
.method { font-size: .875rem; letter-spacing: .02em }
.fields { margin: 0; padding: 0; list-style: none }
.fields li { padding: .3125rem 0; overflow-wrap: anywhere }
.fields .fields { margin: .25rem 0 0; padding-left: .875rem; border-left: 2px solid var(--line) }
.type { color: var(--soft); overflow-wrap: anywhere }
p.type { margin: 0 }
.answers { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .5rem 1rem; margin: 0 }
.answers dt { color: var(--soft); font-variant-numeric: tabular-nums }
.answers dd { margin: 0 }
`

export const STYLE = `${COLOURS}${GROUND}${FRAME}${TABLES}${FORMS}${DOCS}`

/** The sheet's address changes with its contents, so that browsers may keep it for ever. */
export const STYLE_PATH = `/style.css?v=${checksum(STYLE)}`

/** FNV-1a, 32 bits: enough to tell two versions apart. */
function checksum(text: string): string {
  let hash = 0x811c9dc5
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return (hash >>> 0).toString(36)
}
