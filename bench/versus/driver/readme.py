"""The README's table of the comparison, made of the last full run in bench/results."""

import json
import sys

from . import peer, table

BEGIN, END = "<!-- comparison: begin -->", "<!-- comparison: end -->"
# What the README shows of all that was measured, in aside's first engine: (work, workers).
SHOWN = (
    ("spawn_many_local", 1), ("spawn_many_local", 2), ("spawn_many_remote_idle", 1),
    ("spawn_many_remote_idle", 2), ("spawn_many_remote_idle_blocked", 2),
    ("spawn_many_remote_busy2_blocked", 2),
    ("yield_many", 1), ("yield_many", 2), ("ping_pong", 1), ("ping_pong", 2),
    ("chained_spawn", 1), ("chained_spawn", 2), ("chained_spawn_blocked", 2), ("skynet_1m", 2),
    ("sleepers_1m_bytes", 2), ("timer_fresh_1m", 2), ("timer_cancel_random_1m", 2), ("oneshot", 2),
    ("time_timeout", 2), ("post", 2),
    ("echo_64_c1_cpu", 1), ("echo_64_c1000_cpu", 1), ("echo_64_c10000_cpu", 1),
    ("echo_4096_c1000_cpu", 1), ("echo_64_c1_syscalls", 1), ("echo_64_c1000_syscalls", 1),
    ("tcp_churn_cpu", 1),
    ("light_load_cpu", 2), ("idle_tcp_bytes", 1), ("idle_http_bytes", 1),
    ("http_keepalive_c1_cpu", 1), ("http_keepalive_c64_cpu", 1), ("http_pipelined_16_cpu", 1),
    ("echo_compile_seconds", None), ("echo_stripped_bytes", None),
    ("file_word_count", 2), ("hash_all_cores", 2), ("ten_connections", 2),
)


def main(root, check):
    path = root / "README.md"
    before = path.read_text()
    rows = []
    for file in sorted((root / "bench" / "results").glob("*.json")):
        try:
            rows += rows_in(file)
        except (OSError, ValueError) as error:
            print(f"readme: {file}: {error}", file=sys.stderr)
            return 1
    full = [row for row in rows if row["machine"].get("effort") == "full"]
    if len(full) < len(rows):
        print(f"readme: {len(rows) - len(full)} of {len(rows)} rows are not of a run with full effort: "
              "left out", file=sys.stderr)
    for work, workers in SHOWN:
        if not any(shown(row, work, workers) for row in full):
            print(f"readme: no row of {work}" + (f" with workers = {workers}" if workers else "")
                  + ", which the table is to show", file=sys.stderr)
    after = replaced(before, markdown(full))
    if after is None:
        print(f"readme: {path} lacks the lines {BEGIN} and {END}", file=sys.stderr)
        return 1
    if check:
        if after != before:
            print("readme: the table is not that of bench/results; run scripts/bench readme",
                  file=sys.stderr)
        return int(after != before)
    path.write_text(after)
    return 0


def rows_in(file):
    found = json.loads(file.read_text())
    if not (isinstance(found, list) and all(isinstance(each, dict) and "machine" in each
                                            for each in found)):
        raise ValueError("is no list of rows, as `scripts/bench versus --json` makes them")
    return found


def replaced(text, table_text):
    """The text with what is between the markers replaced, or None."""
    start, end = text.find(BEGIN), text.find(END)
    if start < 0 or end < start:
        return None
    return f"{text[:start]}{BEGIN}\n{table_text}{text[end:]}"


def markdown(rows):
    chosen = [row for work, workers in SHOWN for row in rows if shown(row, work, workers)]
    if not any(row["aside"] is not None for row in chosen):
        return ("There are no figures yet: `bench/results/` has no full run. "
                "`scripts/bench versus --quick` makes some.\n")
    names = [name for name in peer.NAMES[1:]
             if any(row["peers"].get(name) is not None or table.failed(row, name) for row in chosen)]
    lines = [f"| work | aside | {' | '.join(names)} |", "|---|---:|" + "---:|" * len(names)]
    for row in chosen:
        arrow = "↑" if row["higher_is_better"] else "↓"
        ours = (table.FAILED if table.failed(row, peer.US)
                else f"{table.number(row['aside'])} {row['unit']} {arrow}")
        cells = [title(row), ours]
        lines.append("| " + " | ".join(cells + [cell(row, name) for name in names]) + " |")
    return "\n".join(lines) + "\n\n" + origin(chosen)


def shown(row, work, workers):
    return (row["work"] == work and row["workers"] == workers and row["engine"] in (None, "epoll"))


def title(row):
    many = row["group"] == "tasks" and row["workers"]
    return f"`{row['work']}`" + (f", {many} worker{'s' if many > 1 else ''}" if many else "")


def cell(row, name):
    """Bold where we lose beyond doubt."""
    ratio, interval = row["ratio"].get(name), row["interval"].get(name)
    if ratio is None and interval:
        text = table.bound(interval)[0]
        return f"**{text}**" if interval[1] < 1 else text
    if ratio is None and table.failed(row, name):
        return table.FAILED
    if ratio is None:
        if table.needs_nothing(row, name):
            return "**0**"
        return "0" if row["peers"].get(name) == 0 else ""
    text = f"{ratio:.2f} ±{table.percent(interval)}"
    return f"**{text}**" if interval[1] < 1 else text


def origin(rows):
    runs = {}
    for row in rows:
        told = row["machine"]
        runs.setdefault((told["date"], told["commit"]), (told, []))[1].append(row)
    places = [f"{told['date']}, {told['cpus']} × {told['cpu']}, kernel {told['kernel']}, commit "
              f"{told['commit'][:7]}"
              + (f" ({'; '.join(map(title, of))})" if len(runs) > 1 else "")
              for told, of in runs.values()]
    versions = {name: version for row in rows for name, version in row["versions"].items()
                if version and name != "aside"}
    same = {}
    for name, version in versions.items():
        same.setdefault(version, []).append(name)
    listed = "; ".join(f"{', '.join(names)}: {version}" for version, names in same.items())
    return (f"A figure below a peer's name is the ratio in the same rounds: above 1 means that aside "
            f"is better, whatever the unit; in **bold** we lose. ± is where 95 % of repeated runs "
            f"on that host and with those builds would lie (on other hosts single ratios were twice as large, or half); "
            f"with < or > only a bound is known, “noisy” is too wide to say even that; "
            f"0: it needs nothing, so there is no ratio; "
            f"“{table.FAILED}”: it answered wrongly, hung or died in that work at least once; where a "
            f"cell is empty, the peer was not in that run, has no such program, or has a better one since. "
            f"{'; '.join(places)}. Versions: {listed}. "
            f"[Method and what each work means](docs/benchmarks.md).\n")
