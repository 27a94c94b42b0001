"""scripts/bench setup | versus | readme."""

import argparse
import json
import os
import pathlib
import random
import sys
import traceback

from . import ending, environment, machine, output, peer, plan, progress, readme, report, row
from . import rounds, syscalls, table, works as descriptions

HOME = pathlib.Path(__file__).resolve().parent.parent
ROOT = HOME.parent.parent
# What aside's programs are made of, beside their own folder and the one for all: common.
LIBRARY = ("CMakeLists.txt", "CMakePresets.json", "cmake", "include", "src")
ENGINES = ("epoll", "uring")
MOST_OTHERS = 0.05  # of the processor time, that others may use without a word
EXAMPLES = """examples:
  scripts/bench versus --only tasks --quick
  scripts/bench versus --work echo_64_c1000_cpu --peers aside,asio,floor_epoll
  scripts/bench versus --json all.json --html all.html     (hours)
"""


def listed(allowed=None, kind=str):
    """For argparse: a list with commas."""
    def parse(text):
        parts = list(dict.fromkeys(kind(each) for each in text.split(",") if each))
        if not parts:
            raise argparse.ArgumentTypeError("an empty list")
        for each in parts:
            if allowed is not None and each not in allowed:
                raise argparse.ArgumentTypeError(
                    f"no {each} here; there is: {', '.join(map(str, allowed))}")
        return parts
    return parse


def workers(text):
    """For argparse: how many there are."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is no number of workers; 1 or more, several as in 1,2,4")
    return int(text)


def parser(works, peers=peer.NAMES):
    names = [each.name for each in works] + [f"{each.name}_blocked" for each in works
                                             if "blocked" in each.shapes]
    options = argparse.ArgumentParser(
        prog="scripts/bench", description="Compares aside with its peers, in one run.",
        epilog="Method: docs/benchmarks.md. Figures of another run are not comparable, ratios are.")
    verbs = options.add_subparsers(dest="verb", required=True)

    setup = verbs.add_parser("setup", help="build every peer into build/versus")
    versus = verbs.add_parser("versus", help="measure", epilog=EXAMPLES,
                              formatter_class=argparse.RawDescriptionHelpFormatter)
    for verb in (setup, versus):
        verb.add_argument("--peers", type=listed(peers), default=list(peers), metavar="A,B",
                          help=f"only these of: {', '.join(peers)}")
        verb.add_argument("--home", type=pathlib.Path, default=HOME, help=argparse.SUPPRESS)
        verb.add_argument("--out", type=pathlib.Path, default=ROOT / "build" / "versus",
                          help=argparse.SUPPRESS)
    versus.add_argument("--only", type=listed(descriptions.GROUPS), default=[], metavar="GROUP",
                        help=f"one of: {', '.join(descriptions.GROUPS)}; several with commas")
    versus.add_argument("--work", type=listed(names), default=[], metavar="NAME",
                        help="only this work; several with commas")
    versus.add_argument("--quick", action="store_true",
                        help="an indication in about five minutes a group: two workers, four "
                             "alternations (three where a figure takes a second, or server and client "
                             "have a CPU each), one engine unless --engine says more")
    versus.add_argument("--workers", type=listed(kind=workers), metavar="N,…",
                        help="threads that run tasks (default: 1,2,4; with --quick: 2)")
    versus.add_argument("--engine", type=listed(ENGINES), metavar="E,…",
                        help="aside's engines, of: epoll, uring")
    versus.add_argument("--json", type=pathlib.Path, metavar="FILE", help="the rows")
    versus.add_argument("--html", type=pathlib.Path, metavar="FILE",
                        help="a report with every round's figure")
    versus.add_argument("--seed", type=int, help="of the order within rounds")
    table_of = verbs.add_parser("readme", help="write the README's table from bench/results")
    table_of.add_argument("--check", action="store_true", help="only say whether it is up to date")
    return options


def build(options, chosen, works):
    """The chosen peers; those that can do any of the works are built."""
    peer.add_tools_to_path()
    peer.choose_compilers()
    names = [name for name in peer.NAMES if name in chosen]
    found = [peer.Peer(name, options.home / name, options.out / name) for name in names]
    for each in found:
        needed = any(each.why_not(work) is None for work in works)
        if needed:
            print(f"versus: building {each.name}", file=sys.stderr)
            also = [options.home / "common"] if (options.home / "common").exists() else []
            also += [ROOT / path for path in LIBRARY] if each.name == peer.US else []
            each.build(also)
        if each.missing:
            print(f"versus: {each.name}: {each.missing}", file=sys.stderr)
    return found


def without_us(peers):
    return any(each.missing for each in peers if each.name == peer.US)


def build_client(options):
    out = options.out / peer.CLIENT
    out.mkdir(parents=True, exist_ok=True)
    reason = peer.run_build(options.home / peer.CLIENT / "build", out)
    if reason:
        print(f"versus: the load generator does not build, so no server can be measured: {reason}",
              file=sys.stderr)
    return None if reason else str((out / "load").resolve())


def setup(options, works):
    peers = build(options, options.peers, works)
    ready = [each.name for each in peers if not each.missing]
    client = build_client(options)
    print(f"versus: {len(ready)} of {len(peers)} peers are built in {options.out}: "
          f"{', '.join(ready)}", file=sys.stderr)
    return 0 if ready and client and not without_us(peers) else 1


def versus(options, works):
    chosen = descriptions.select(works, options.only, options.work)
    if not chosen:
        print("versus: no work is left by --only and --work together", file=sys.stderr)
        return 2
    no_syscalls = syscalls.why_not() if any(each.kind == "syscalls" for each in chosen) else None
    reason = unwritable(options)
    if no_syscalls and all(each.kind == "syscalls" for each in chosen):
        reason = reason or f"{no_syscalls}: nothing else is to be measured"
    if reason:
        print(f"versus: {reason}", file=sys.stderr)
        return 2
    files_allowed = machine.raise_file_limit()
    peers = build(options, {peer.US, *options.peers}, chosen)  # without aside, rows say why
    client = build_client(options) if any(each.group in ("net", "http") for each in chosen) else None
    effort = plan.QUICK if options.quick else plan.FULL
    if options.workers:
        effort = plan.dataclasses.replace(effort, workers=tuple(options.workers))
    engines = our_engines(peers, options)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    about = environment.about(ROOT, peers, "quick" if options.quick else "full", seed)
    header = "".join(f"{line}\n" for line in environment.lines(about))
    if not output.printed(lambda stream: stream.write(f"{header}\n")):
        return 2
    if no_syscalls:
        print(f"versus: {no_syscalls}: system calls are not counted", file=sys.stderr)
    if len(machine.cpus()) < 2:
        print("versus: one CPU only: server and client share it in every work", file=sys.stderr)
    if files_allowed < 20_000:
        print(f"versus: only {files_allowed} file descriptors are allowed (ulimit -Hn); works "
              "with more connections will fail", file=sys.stderr)
    kept = output.Files()
    rows, ended_by, broken = measure(options, chosen, peers, engines, effort, about, client,
                                     no_syscalls, kept)
    write(options, rows, about, works, kept)
    printed = output.printed(lambda stream: table.render(rows, stream))
    if ended_by:
        print(f"versus: ended by {ended_by.name}; what had not been measured by then has no figures",
              file=sys.stderr)
        return 128 + ended_by
    good = printed and not broken and not kept.lost and not without_us(peers)
    return 0 if good and any(each["samples"] for each in rows) else 1


def our_engines(peers, options):
    wanted = options.engine or (ENGINES[:1] if options.quick else ENGINES)
    us = next(each for each in peers if each.name == peer.US)
    if not us.engines:
        return wanted[:1]
    return [engine for engine in wanted if engine in us.engines] or wanted[:1]


def measure(options, works, peers, engines, effort, about, client, no_syscalls, kept):
    """(a row for each work, the signal that ended it before its time or None, did the driver fail?)."""
    rng = random.Random(about["machine"]["seed"])
    planner = plan.Planner(effort, peers, engines, options.out, client, no_syscalls)
    measurable = [each for each in works if client or each.group not in ("net", "http")]
    jobs = list(planner.jobs(measurable, options.work))
    shown = progress.Progress(sys.stderr, len(jobs))
    made, ended_by, broken = {}, None, False
    done = 0

    def add(rows):
        for each in rows:
            made.setdefault(each["work"].removesuffix("_blocked"), []).append(each)

    try:
        for job in jobs:
            shown.begin(job.title)
            try:
                rows = measured(job, options, peers, engines, effort, about, rng, shown)
            except Exception as error:  # a fault of the driver: of one job, not of a night
                broken = True
                shown.end("the driver failed")
                traceback.print_exc()
                rows = row.rows_without(job, f"the driver failed: {error!r}", peers, engines, about)
            add(rows)
            done += 1
            keep(options, [each for work in works for each in made.get(work.name, ())], kept)
    except ending.Ended as signalled:
        ended_by = signalled.by
        shown.end(f"ended by {ended_by.name}")
        for job in jobs[done:]:
            add(row.rows_without(job, f"ended by {ended_by.name}", peers, engines, about))
    return [each for work in works for each in made.get(work.name) or not_measured(
        work, peers, engines, effort, about, client, no_syscalls)], ended_by, broken


def measured(job, options, peers, engines, effort, about, rng, shown):
    """The rows of one job."""
    more = job.steady and not options.quick
    with machine.Others() as others:
        results = rounds.alternate(
            job.entries, job.open, job.phases, job.sessions, rng, machine.Idle(), shown.say,
            (lambda found: row.wanting(job, found, effort.narrow, rng)) if more else None,
            job.again)
    rows = row.rows_of(job, results, peers, engines, about, rng)
    row.tell(rows, others.share(), row.cold(job, peers, effort))
    failed = sorted({f"{entry.name}: {reason}" for samples in results.values()
                     for entry, reason in samples.failures.items()})
    shown.end(f"{len(job.entries) - len(failed)} of {len(job.entries)} answered")
    for line in failed:
        print(f"  {line}", file=sys.stderr)
    if (share := others.share() or 0) > MOST_OTHERS:
        print(f"  others used {share:.0%} of the processors: ratios may be disturbed",
              file=sys.stderr)
    return rows


def not_measured(work, peers, engines, effort, about, client, no_syscalls):
    if work.group in ("net", "http") and not client:
        why = "the load generator does not build"
    else:
        why = no_syscalls if work.kind == "syscalls" and no_syscalls else "cannot be measured here"
    counts = effort.workers if work.group in ("tasks", "when_not") else (1,)
    return [row.unmeasured(work, why, peers, engine, workers, about)
            for workers in counts for engine in engines]


def unwritable(options):
    """Why the files of the result cannot be written, or None."""
    paths = [path for path in (options.json, options.html) if path]
    if len({path.resolve() for path in paths}) < len(paths):
        return f"--json and --html are the same file, {options.json}"
    return output.unwritable(paths)


def keep(options, rows, kept):
    """What there is so far, whatever comes. A pipe gets the whole only, at the end."""
    if options.json and output.regular(options.json):
        kept.write(options.json, as_json(rows))


def write(options, rows, about, works, kept):
    if options.json:
        kept.write(options.json, as_json(rows))
    if options.html:
        kept.write(options.html, report.page(rows, about, works))


def as_json(rows):
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def main(arguments):
    works = descriptions.load(os.environ.get("ASIDE_BENCH_WORKS", HOME / "works.json"))
    options = parser(works).parse_args(arguments)
    if options.verb == "readme":
        return readme.main(ROOT, options.check)
    if sys.stdout is None or sys.stderr is None:  # what is opened next would get its number
        print("versus: stdout and stderr must be open (>/dev/null makes them silent)", file=sys.stderr)
        return 2
    try:
        with ending.by_signal(), ending.alone(options.out) as reason:
            if reason:
                print(f"versus: {reason}", file=sys.stderr)
                return 2
            return setup(options, works) if options.verb == "setup" else versus(options, works)
    except ending.Ended as ended:
        print(f"\nversus: ended by {ended.by.name}; nothing was measured", file=sys.stderr)
        return 128 + ended.by
