"""The result for a terminal: one line a row, one column a peer."""

import os
import shutil

from . import peer, row

# Reasons that need no explanation beside every figure.
PLAIN = (peer.NO_PROGRAM, peer.NO_WORK, peer.LEFT_OUT)
NOISY, NONE, FAILED = "noisy", "–", "failed"
GREEN, RED, DIM, OFF = "\x1b[32m", "\x1b[31m", "\x1b[2m", "\x1b[0m"


def coloured(stream):
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def number(value):
    """Three significant digits, thousands apart."""
    if value is None:
        return NONE
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 1 else f"{value:.2g}"


def percent(interval):
    """Half of an interval, as a share of its middle."""
    low, high = interval
    return f"{50 * (high - low) / (low * high) ** 0.5:.0f}%"


def cell(each, name):
    """(text, colour) of a peer in a row: the ratio, or its own figure while we have none."""
    ratio, interval = each["ratio"][name], each["interval"][name]
    if ratio is not None:
        colour = GREEN if interval[0] > 1 else RED if interval[1] < 1 else ""
        return f"{ratio:.2f}±{percent(interval)}", colour
    if interval:
        return bound(interval)
    if each["reason"].get(name, "").startswith(row.TOO_NOISY):
        return NOISY, DIM
    if failed(each, name):
        return FAILED, RED
    if each["peers"][name] == 0 or each["aside"] in (None, 0) and each["peers"][name] is not None:
        return f"({number(each['peers'][name])})", RED if needs_nothing(each, name) else ""
    return NONE, DIM


def failed(each, name):
    return name in each.get("failed", ())  # rows of older runs have no list


def needs_nothing(each, name):
    """A figure of zero, of which less is better, where ours is more."""
    return each["peers"].get(name) == 0 and bool(each["aside"]) and not each["higher_is_better"]


def bound(interval):
    """(text, colour) of an interval too wide for a figure; it may still say who is ahead."""
    low, high = interval
    if high < 1:
        return f"< {high:.2f}", RED
    return (f"> {low:.2f}", GREEN) if low > 1 else (NOISY, DIM)


def title(each):
    parts = [each["work"]]
    if each["workers"] and each["group"] in ("tasks", "when_not"):
        parts.append(f"w{each['workers']}")
    if each["engine"]:
        parts.append(each["engine"])
    return " ".join(parts)


def render(rows, stream):
    """Writes the table, in several parts where the terminal is too narrow."""
    colour = coloured(stream)
    shown = [each for each in rows if each["samples"]]
    names = [name for name in peer.NAMES[1:]
             if any(each["peers"].get(name) is not None or failed(each, name) for each in shown)]
    if shown:
        width = shutil.get_terminal_size((160, 50)).columns if stream.isatty() else 10_000
        first = [[title(each), number(each["aside"]), each["unit"]] for each in shown]
        widths = [max(map(len, column)) for column in zip(*first, ("work", "aside", ""))]
        room = max(1, (width - sum(widths) - 4) // 15)
        for start in range(0, max(1, len(names)), room):
            part(shown, first, widths, names[start:start + room], colour, stream)
    notes(rows, stream)


def part(shown, first, widths, names, colour, stream):
    head = ["work".ljust(widths[0]), "aside".rjust(widths[1]), " " * widths[2]]
    stream.write("  ".join(head + [name.rjust(13) for name in names]).rstrip() + "\n")
    for each, texts in zip(shown, first):
        line = [texts[0].ljust(widths[0]), texts[1].rjust(widths[1]), texts[2].ljust(widths[2])]
        for name in names:
            text, tint = cell(each, name)
            padded = text.rjust(13)
            line.append(f"{tint}{padded}{OFF}" if colour and tint else padded)
        stream.write("  ".join(line).rstrip() + "\n")
    stream.write("\n")


def notes(rows, stream):
    stream.write("Each ratio is that of us to one peer in the same rounds; above 1 means that "
                 "aside is better, whatever the unit.\n± is where 95 % of repeated runs would lie; "
                 f"“{NOISY}”: too wide to print a ratio; < or >: only a bound is known. (Figures) stand "
                 "where there is no ratio: aside has none, or one of both is zero. "
                 f"“{FAILED}”: once or more often in that work; the reason is below.\n")
    why = {}
    for each in rows:
        for name, text in each["reason"].items():
            if each["samples"] or not text.startswith("later:"):
                works = why.setdefault((name, text), [])
                if title(each) not in works:
                    works.append(title(each))
    for (name, text), works in sorted(why.items()):
        if text not in PLAIN:
            rest = f" and {len(works) - 3} more" if len(works) > 3 else ""
            stream.write(f"  {name}: {text} ({', '.join(works[:3])}{rest})\n")
    for name, text in sorted({pair for each in rows for pair in each.get("cold", {}).items()}):
        stream.write(f"  {name}: {text}\n")
    later = sorted({each["work"] for each in rows
                    if not each["samples"] and "later:" in str(each["reason"])})
    if later:
        stream.write(f"  later: {', '.join(later)}\n")
    for key, text in (("idle", "idle share of the machine while measuring"),
                      ("stolen", "taken by the host meanwhile"),
                      ("others", "used by others while a work ran")):
        shares = [each[key] for each in rows if each.get(key) is not None]
        if shares:
            stream.write(f"  {text}: {min(shares):.0%} to {max(shares):.0%}\n")
    # Rows of several engines come from the same rounds.
    again = sum({(each["work"], each["workers"]): each.get("again", 0) for each in rows}.values())
    if again:
        stream.write(f"  rounds measured again because the host took too much: {again}\n")
