"""The result as one HTML file: every round's figure as a dot. No script, no file beside it."""

import html
import math
import random

from . import environment, paired, peer, row, table

LEFT, PLOT, RIGHT, LANE, TOP = 130, 460, 250, 24, 8
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem;
  color: #111; background: #fff; }
h1 { font-size: 1.5rem; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #999; }
h3 { font-size: 1rem; margin: 0; } p { margin: .2rem 0 .6rem; }
figure { margin: 1.4rem 0; break-inside: avoid; } figcaption small { color: #444; }
svg { width: 100%; height: auto; display: block; }
text { font: 13px system-ui, sans-serif; fill: #111; } .faint { fill: #555; font-size: 11px; }
.axis { stroke: #bbb; } .range { stroke: #888; stroke-width: 7; opacity: .35; }
.median { stroke: #111; stroke-width: 2; }
.us { fill: #0b57d0; stroke: #0b57d0; } .them { fill: none; stroke: #555; stroke-width: 1.3; }
pre { white-space: pre-wrap; font-size: 12px; background: #f4f4f4; padding: .8rem; }
@media print { body { margin: 0; max-width: none; font-size: 11px; } a { color: inherit; } }
"""
LEGEND = """Each dot is one round's figure: filled for aside, hollow for a peer. The upright line is
the median, the grey bar where 95 % of repeated runs would have it. A ratio is the median of the
paired ratios, taken within each round; above 1 means that aside is better, whatever the unit.
The mark ↑ or ↓ says whether more or less of the unit is better."""
ONE_CPU = """This machine let the driver use one CPU only: server and load generator shared it in every
work, also in those whose text says that they have one each."""


def page(rows, about, works):
    """`works` for their descriptions."""
    does = {work.name: work for work in works}
    shown = [each for each in rows if each["samples"]]
    parts = ["<!doctype html><html lang=en><meta charset=utf-8>",
             "<meta name=viewport content='width=device-width'>",
             f"<title>aside beside its peers</title><style>{STYLE}</style>",
             "<h1>aside beside its peers</h1>",
             f"<p>{LEGEND}</p>",
             f"<pre>{html.escape(chr(10).join(environment.lines(about)))}</pre>"]
    if about["machine"].get("cpus") == 1:
        parts.append(f"<p>{ONE_CPU}</p>")
    group = None
    for each in shown:
        if each["group"] != group:
            group = each["group"]
            parts.append(f"<h2>{group}</h2>")
        parts.append(figure(each, does.get(each["work"].removesuffix("_blocked"))))
    missing = {name: text for each in rows for name, text in each["reason"].items()
               if name not in each["versions"] and text not in table.PLAIN}
    parts += [f"<p>{html.escape(name)}: {html.escape(text)}</p>" for name, text in missing.items()]
    absent = [each["work"] for each in rows if not each["samples"]]
    if absent:
        parts.append(f"<h2>Not measured</h2><p>{html.escape(', '.join(dict.fromkeys(absent)))}</p>")
    return "\n".join(parts) + "\n</html>\n"


def figure(each, work):
    arrow = "↑" if each["higher_is_better"] else "↓"
    idle = "" if each["idle"] is None else f", machine idle {each['idle']:.0%}"
    if each.get("stolen"):
        idle += f", {each['stolen']:.0%} taken by the host"
    if each.get("others"):
        idle += f", {each['others']:.0%} used by others"
    caption = (f"<h3>{html.escape(table.title(each))}</h3>"
               f"<p>{html.escape(work.does) if work else ''}"
               f" <small>{html.escape(each['unit'])} {arrow}, {each['rounds']} rounds{idle}"
               f"{', from ' + html.escape(work.source) if work and work.source else ''}</small></p>")
    reasons = "".join(
        f"<br><small>{html.escape(name)}: {html.escape(text)}</small>"
        for name, text in each["reason"].items()
        if name in each["versions"] and text not in table.PLAIN)
    reasons += "".join(f"<br><small>{html.escape(name)}: {html.escape(text)}</small>"
                       for name, text in each.get("cold", {}).items())
    return (f"<figure><figcaption>{caption}</figcaption>{drawing(each)}{parts(each)}{reasons}"
            f"</figure>")


def parts(each):
    """Both of a quotient, where the row has them."""
    if "server_ns" not in each:
        return ""
    listed = "; ".join(
        f"{name} {table.number(each['server_ns'][name])} + {table.number(each['client_ns'][name])}"
        for name in peer.NAMES if name in each["server_ns"])
    return f"<small>Processor time of a message or request, server + load generator, ns: {listed}</small>"


class Scale:
    """From figures to places; logarithmic where they are more than twenty times apart."""

    def __init__(self, values):
        low, high = min(values), max(values)
        self.log = low > 0 and high / low > 20
        self.low, self.high = self.at(low), self.at(high)
        margin = (self.high - self.low) * 0.04 or abs(self.high) * 0.04 or 1
        positive = low >= 0 and not self.log
        self.low, self.high = self.low - margin, self.high + margin
        if positive:  # no figure can be less than nothing
            self.low = max(0, self.low)

    def at(self, value):
        return math.log(value) if self.log else value

    def place(self, value):
        share = (self.at(value) - self.low) / (self.high - self.low)
        return LEFT + PLOT * min(1, max(0, share))  # an interval may reach beyond the dots

    def marks(self):
        for share in (0, 0.5, 1):
            value = self.low + share * (self.high - self.low)
            yield LEFT + PLOT * share, math.exp(value) if self.log else value


def drawing(each):
    names = [name for name in peer.NAMES if any(each["samples"].get(name, []))]
    rng = random.Random(0)
    lanes = {name: (each["samples"][name], limits(each["samples"][name], rng)) for name in names}
    values = [value for sessions, _ in lanes.values() for one in sessions for value in one]
    scale = Scale(values)
    height = TOP + LANE * len(names) + 22
    parts = [f'<svg viewBox="0 0 {LEFT + PLOT + RIGHT} {height}" role="img" '
             f'aria-label="{html.escape(spoken(each, names), quote=True)}">']
    bottom = TOP + LANE * len(names)
    for place, value in scale.marks():
        parts.append(f'<line class="axis" x1="{place:.1f}" x2="{place:.1f}" y1="{TOP}" '
                     f'y2="{bottom}"/><text class="faint" x="{place:.1f}" y="{bottom + 14}" '
                     f'text-anchor="middle">{table.number(value)}</text>')
    if scale.log:
        parts.append(f'<text class="faint" x="{LEFT + PLOT + 12}" y="{bottom + 14}">'
                     'logarithmic</text>')
    for index, name in enumerate(names):
        parts += lane(each, name, *lanes[name], scale, TOP + LANE * index + LANE / 2)
    return "".join(parts) + "</svg>"


def lane(each, name, sessions, both, scale, y):
    yield f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end">{name}</text>'
    if both:
        yield (f'<line class="range" x1="{scale.place(both[0]):.1f}" '
               f'x2="{scale.place(both[1]):.1f}" y1="{y}" y2="{y}"/>')
    kind = "us" if name == peer.US else "them"
    flat = [value for one in sessions for value in one]
    for index, value in enumerate(flat):
        shift = (index % 3 - 1) * 4  # so that equal figures do not hide each other
        yield f'<circle class="{kind}" cx="{scale.place(value):.1f}" cy="{y + shift}" r="2.6"/>'
    middle = scale.place(paired.median(sessions))
    yield f'<line class="median" x1="{middle:.1f}" x2="{middle:.1f}" y1="{y - 9}" y2="{y + 9}"/>'
    yield f'<text x="{LEFT + PLOT + 12}" y="{y + 4}">{html.escape(words(each, name))}</text>'


def limits(sessions, rng):
    flat = [value for one in sessions for value in one]
    return paired.interval(sessions, rng) if all(value > 0 for value in flat) else None


def words(each, name):
    """What stands at the right of a lane."""
    if name == peer.US:
        return table.number(each["aside"])
    text = table.number(each["peers"][name])
    if each["ratio"][name] is not None:
        low, high = each["interval"][name]
        return f"{text}   ratio {each['ratio'][name]:.2f} ({low:.2f}–{high:.2f})"
    noisy = each["reason"].get(name, "").startswith(row.TOO_NOISY)
    return f"{text}   {row.TOO_NOISY} for a ratio" if noisy else text


def spoken(each, names):
    return f"{table.title(each)}, {each['unit']}: " + "; ".join(
        f"{name} {words(each, name)}" for name in names)
