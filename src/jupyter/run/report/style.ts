/**
 * The page's style: light and dark, narrow and wide, on paper.
 *
 * @module
 */

const COLOURS = `
:root { --ink: #24292f; --soft: #5b6673; --paper: #fff; --raised: #f6f8fa; --line: #d8dee4; --accent: #0b62c4;
  --good: #1a7f37; --bad: #c6262e; --warn: #9a6700; --idle: #6e7781;
  --keyword: #b3234f; --string: #0a5a8a; --number: #0550ae; --comment: #65717d; --type: #7a3e9d; --title: #6639ba; }
@media (prefers-color-scheme: dark) { :root { --ink: #d6dde6; --soft: #94a1b0; --paper: #12161c; --raised: #1b212a; --line: #323b47; --accent: #6cb0ff;
  --good: #4cc26a; --bad: #ff7b72; --warn: #e0b04c; --idle: #94a1b0;
  --keyword: #ff8fa8; --string: #9ccfff; --number: #79c0ff; --comment: #8b97a5; --type: #d9a8ff; --title: #cfb0ff; } }
`;

/** CSS of a frame around an output: the page's colours and letters, nothing of its layout. */
export const FRAME_STYLE = `${COLOURS}
body { margin: 0; color: var(--ink); background: transparent; font: 16px/1.6 system-ui, sans-serif; }
table { border-collapse: collapse; }
img, svg { max-width: 100%; height: auto; }
`;

/** CSS of the page. */
export const STYLE = `${COLOURS}
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--paper); font: 16px/1.6 system-ui, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1.25rem 6rem; }
a { color: var(--accent); }
h1, h2, h3, h4 { line-height: 1.25; margin: 1.6em 0 .6em; scroll-margin-top: 1rem; }
h1 { font-size: 1.9rem; } h2 { font-size: 1.45rem; border-bottom: 1px solid var(--line); padding-bottom: .25em; } h3 { font-size: 1.15rem; }
pre, code { font: .86rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
:not(pre) > code { background: var(--raised); padding: .1em .35em; border-radius: 4px; }
pre { margin: 0; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.text > * { max-width: 62rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
.text th, .text td { border: 1px solid var(--line); padding: .3em .7em; text-align: left; }
img, .image svg { max-width: 100%; height: auto; }
blockquote { margin: 1em 0; padding: .1em 1em; border-left: 3px solid var(--line); color: var(--soft); }
pre.source { background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .75rem .9rem; }
section.code { margin: 1.2rem 0; }
section.code > header { display: flex; gap: .6em; align-items: baseline; font-size: .78rem; color: var(--soft); margin-bottom: .25rem; }
section.code > header a { color: inherit; text-decoration: none; }
section.failed > pre.source { border-left: 4px solid var(--bad); }
section.allowed > pre.source { border-left: 4px solid var(--warn); }
section.not-run > pre.source, section.skipped > pre.source { opacity: .65; border-style: dashed; }
.state { font-weight: 600; }
.state.ok { color: var(--good); } .state.failed { color: var(--bad); } .state.allowed { color: var(--warn); } .state.skipped, .state.not-run { color: var(--idle); }
.time { color: var(--soft); font-size: .85em; }
.output { margin: .5rem 0 0; padding: 0 0 0 .9rem; border-left: 3px solid var(--line); overflow-x: auto; }
.output pre { padding: .2rem 0; max-height: 40rem; overflow: auto; }
.output pre.stderr { color: var(--warn); }
.output.error { border-color: var(--bad); }
.summary { border: 1px solid var(--line); border-left: 5px solid var(--good); background: var(--raised); border-radius: 6px; padding: .5rem 1rem; }
.summary.bad { border-left-color: var(--bad); }
.summary p { margin: .3em 0; } .summary ol { margin: .4em 0; padding-left: 1.4em; } .summary li { margin: .4em 0; overflow-wrap: anywhere; }
.summary pre { padding: .5rem 0; }
nav { font-size: .9rem; padding: 1rem 1.25rem 0; max-width: 76rem; margin: 0 auto; }
nav summary { cursor: pointer; font-weight: 600; }
nav ol { list-style: none; margin: .4em 0 0; padding: 0; } nav li { margin: .2em 0; }
nav .level-2 { padding-left: .9em; } nav .level-3 { padding-left: 1.8em; }
nav a { text-decoration: none; }
@media (min-width: 95rem) {
  nav { position: fixed; top: 0; left: 0; bottom: 0; width: 17rem; overflow-y: auto; border-right: 1px solid var(--line); padding-top: 1.6rem; margin: 0; }
  body:has(> nav) main { margin-left: calc(17rem + (100vw - 17rem - 76rem) / 2); }
}
iframe { display: block; width: 100%; height: 20rem; border: 0; }
.plot .canvas { min-height: 22rem; }
.hljs-keyword, .hljs-built_in, .hljs-literal { color: var(--keyword); } .hljs-string, .hljs-regexp, .hljs-subst { color: var(--string); }
.hljs-number, .hljs-attr, .hljs-variable.constant_ { color: var(--number); } .hljs-comment { color: var(--comment); font-style: italic; }
.hljs-type, .hljs-title.class_, .hljs-meta { color: var(--type); } .hljs-title.function_ { color: var(--title); }
.ansi-bold { font-weight: 700; } .ansi-dim { opacity: .72; } .ansi-italic { font-style: italic; } .ansi-underline { text-decoration: underline; } .ansi-strike { text-decoration: line-through; } .ansi-inverse { filter: invert(1); }
.ansi-black { color: var(--soft); } .ansi-red { color: var(--bad); } .ansi-green { color: var(--good); } .ansi-yellow { color: var(--warn); } .ansi-blue { color: var(--accent); } .ansi-magenta { color: var(--type); } .ansi-cyan { color: var(--string); } .ansi-white { color: var(--ink); }
.ansi-on-black { background: #444; } .ansi-on-red { background: #c6262e55; } .ansi-on-green { background: #1a7f3755; } .ansi-on-yellow { background: #e0b04c66; } .ansi-on-blue { background: #0b62c455; } .ansi-on-magenta { background: #7a3e9d55; } .ansi-on-cyan { background: #0a9aaa55; } .ansi-on-white { background: #8885; }
@media print { nav { display: none; } main { max-width: none; margin: 0 !important; padding: 0; } body { font-size: 11pt; } pre.source { break-inside: avoid; } h1, h2, h3 { break-after: avoid; }
  .output { overflow: visible; break-inside: avoid; } .output pre { max-height: none; overflow: visible; } .summary details { display: none; } a { color: inherit; text-decoration: none; } }
`;
