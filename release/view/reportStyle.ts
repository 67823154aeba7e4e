/** The report's style sheet: light and dark as the reader's system has it, in columns where there is room. */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1b1f24; --soft: #59636e; --rule: #d7dce1; --panel: #f6f8fa;
  --blue: #0a58ca; --green: #157347; --red: #b42318; --amber: #9a6700;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e6e9ec; --soft: #a0a9b2; --rule: #343a40; --panel: #1c2024;
    --blue: #6ea8fe; --green: #56c78b; --red: #ff8a80; --amber: #e3b341;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0.5rem 0; }
h2 { font-size: 1.2rem; margin: 1.5rem 0 0.5rem; }
.phase { display: inline-block; font-size: 0.9rem; font-weight: 600; padding: 0.1rem 0.6rem; border: 1px solid; border-radius: 1rem; vertical-align: middle; color: var(--green); }
.phase.rollingBack, .phase.failed { color: var(--red); }
.phase.rolledBack { color: var(--amber); }
.reason { border-left: 4px solid var(--red); padding-left: 0.75rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0.25rem 1.5rem; margin: 0.75rem 0; }
dl div { display: flex; gap: 0.5rem; }
dt { color: var(--soft); flex: 0 0 5rem; }
dd { margin: 0; }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; }
.key::before { content: ""; display: inline-block; width: 1.6rem; border-top: 3px solid; margin-right: 0.5rem; vertical-align: middle; }
.key.blue::before { color: var(--blue); }
.key.green::before { color: var(--green); border-top-style: dashed; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0; padding: 0.5rem; background: var(--panel); border: 1px solid var(--rule); border-radius: 0.5rem; }
figcaption { font-weight: 600; }
svg { display: block; width: 100%; height: auto; }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
.grid { stroke: var(--rule); }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.line.blue { stroke: var(--blue); }
.line.green { stroke: var(--green); stroke-dasharray: 6 4; }
.mark { stroke: var(--soft); stroke-dasharray: 1 4; }
.mark.rollback { stroke: var(--red); stroke-width: 1.5; stroke-dasharray: none; }
.mark.pause { stroke: var(--amber); stroke-dasharray: none; }
table { width: 100%; border-collapse: collapse; font-size: 0.95rem; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.75rem 0.35rem 0; border-top: 1px solid var(--rule); }
th { color: var(--soft); font-weight: 600; border-top: 0; }
td { overflow-wrap: normal; }
td:nth-child(4) { overflow-wrap: anywhere; }
td:nth-child(1), td:nth-child(3), td:nth-child(5) { white-space: nowrap; }
tr.rollback td:nth-child(2) { color: var(--red); font-weight: 600; }
tr.pause td:nth-child(2) { color: var(--amber); font-weight: 600; }
footer { color: var(--soft); margin: 1.5rem 0; font-size: 0.9rem; }
@media (max-width: 40rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { display: block; padding: 0.4rem 0; border-top: 1px solid var(--rule); }
  td { white-space: normal !important; display: flex; gap: 0.5rem; padding: 0; border: 0; }
  td::before { content: attr(data-name); color: var(--soft); flex: 0 0 4rem; }
  td.none { display: none; }
}
@media print { figure { break-inside: avoid; } }
`.trim();
