"""The page's style: one column, light and dark, no font or file from elsewhere."""

from __future__ import annotations

__all__ = ["STYLE"]

# Every pair of letter and ground has a contrast of 4.5 to 1 or more (WCAG 2.2, AA); a test
# calculates it from these tables.
LIGHT = {
    "ground": "#ffffff",
    "panel": "#f6f7f9",
    "soft": "#eceff3",
    "ink": "#1b1f24",
    "quiet": "#57606a",
    "line": "#c3cad3",
    "accent": "#0a5cb8",
    "passed": "#18702f",
    "failed": "#b3201f",
    "undecided": "#855700",
    "skipped": "#57606a",
    "error": "#8a2a9c",
    "allowed": "#d9efdf",
}
DARK = {
    "ground": "#111418",
    "panel": "#1a1f25",
    "soft": "#262d35",
    "ink": "#e7ebf0",
    "quiet": "#a3adb8",
    "line": "#48525d",
    "accent": "#76b3ff",
    "passed": "#5fcf80",
    "failed": "#ff8078",
    "undecided": "#e8b04a",
    "skipped": "#a3adb8",
    "error": "#dd98ee",
    "allowed": "#1c3a26",
}


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


STYLE = (
    f"""
:root{{color-scheme:light dark;{_variables(LIGHT)}}}
@media (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}
"""
    + """
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
 font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:62rem;margin:0 auto;padding:1rem 1rem 4rem}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0 1rem;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2.5rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:0;overflow-wrap:anywhere}
p{margin:.4rem 0;overflow-wrap:anywhere}
ul{margin:.3rem 0;padding-left:1.2rem}
a{color:var(--accent)}
code{font:.88em/1.45 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;
 overflow-wrap:anywhere}
.quiet{color:var(--quiet);font-size:.9rem}
.banner{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:center;padding:1rem 1.25rem;
 border:2px solid currentColor;border-radius:.6rem;background:var(--panel)}
.banner strong{font-size:2.1rem;line-height:1.1;letter-spacing:.02em}
.banner span{color:var(--ink)}
.passed{color:var(--passed)}.failed{color:var(--failed)}.undecided{color:var(--undecided)}
.skipped{color:var(--skipped)}.error{color:var(--error)}.accent{color:var(--accent)}
.badge{font-weight:650;white-space:nowrap}
.check{background:var(--panel);border:1px solid var(--line);border-left:5px solid currentColor;
 border-radius:.5rem;padding:.8rem 1rem;margin:.8rem 0}
.check>*:not(svg){color:var(--ink)}
.check .head{display:flex;flex-wrap:wrap;gap:.2rem 1rem;justify-content:space-between}
.check dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem .9rem;margin:.5rem 0 0;
 font-size:.92rem}
.check dt{color:var(--quiet)}
.check dd{margin:0;overflow-wrap:anywhere}
.figure{font-size:1.12rem;font-weight:600;font-variant-numeric:tabular-nums}
svg.bar{display:block;margin:.35rem 0 .1rem;overflow:visible}
svg.bar line{stroke:var(--line);stroke-width:1}
svg.bar .allowed{fill:var(--allowed)}
svg.bar line.limit{stroke:var(--ink);stroke-width:2;stroke-dasharray:4 3}
svg.bar line.none{stroke:var(--quiet);stroke-width:1}
svg.bar line.span{stroke:currentColor;stroke-width:3}
svg.bar line.cap{stroke:currentColor;stroke-width:2}
svg.bar circle{fill:currentColor;stroke:var(--panel);stroke-width:1.5}
svg.bar text{fill:var(--quiet);font-size:12px}
.scroll{overflow-x:auto;max-width:100%}
.scroll:focus-visible{outline:2px solid var(--accent)}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:.3rem .7rem .3rem 0;
 border-bottom:1px solid var(--line);white-space:nowrap}
td:last-child,table.facts td{white-space:normal;overflow-wrap:anywhere}
tbody th{white-space:normal;overflow-wrap:anywhere;min-width:9.5rem}
.inrow{min-width:11rem}
thead th{color:var(--quiet);font-weight:600}
tbody th{font-weight:500}
table.facts tbody th{width:34%;color:var(--quiet)}
svg.plot{display:block;width:100%;min-width:32rem;height:auto;font-family:inherit}
svg.plot *{stroke-linejoin:round;stroke-linecap:butt}
details{margin:.6rem 0}
summary{cursor:pointer;color:var(--accent)}
.note{border-left:4px solid var(--undecided);padding:.3rem .9rem;background:var(--panel)}
@media (max-width:34rem){.check dl{grid-template-columns:1fr;gap:0}.check dd{margin-bottom:.3rem}}
@media print{.check{break-inside:avoid}details{display:block}}
"""
)
