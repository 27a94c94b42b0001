#!/usr/bin/env python3
"""How much slower a program becomes by being watched: aside ask beside strace and perf trace.

    bench/ask/slowdown.py --aside build/release/aside [--pairs 15] [--pin apart|together|none]

Each tool's runs alternate with bare ones, and each pair gives one ratio of the times that the
program itself has taken; the figure is their median, with the quartiles in brackets. `apart` ties
the program to the last CPU and the tool to the first, `together` both to the last.
Ends with what `aside ask` itself needs to watch 500 threads.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent.parent / "test" / "ask" / "fixtures"
TARGETS = {"sleeps": "sleeps 20 500 2000",
           "requests": "requests 20 400 {port}", "switches": "switches 800000"}
# Tools that stop a program at each call would take minutes for so many.
FEWER = {"strace": "switches 1500", "perf trace": "switches 3000"}


def tools(aside):
    found = {"ask": [aside, "ask", "--"], "ask --sampled": [aside, "ask", "--sampled", "--"]}
    if shutil.which("strace"):
        found["strace"] = ["strace", "-f", "-c", "-w", "-o", "/dev/null"]
    if shutil.which("perf"):
        found["perf trace"] = ["perf", "trace", "-s", "-o", "/dev/null"]
    return found


def build(source, into):
    compiler = ["c++", "-std=c++20"] if source.suffix == ".cpp" else ["cc"]
    subprocess.run([*compiler, "-O2", "-pthread", "-o", into, source], check=True)


def seconds(line, cpus):
    tie = None if cpus is None else lambda: os.sched_setaffinity(0, cpus)
    done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          preexec_fn=tie)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(line)}: {done.stderr.strip()}")
    return float(done.stdout)


def ratio(tool, work, tie, cpus):
    """One pair, in an order that changes from pair to pair."""
    order = [[*tie, *work], [*tool, *tie, *work]]
    ratio.turn = not getattr(ratio, "turn", False)
    took = [seconds(line, cpus) for line in (order if ratio.turn else reversed(order))]
    bare, watched = took if ratio.turn else reversed(took)
    return watched / bare


def own_share(aside, folder):
    program = folder / "many_threads"
    build(FIXTURES / "many_threads.c", program)
    shares = {}
    for mode in ([], ["--sampled"]):
        runs = []
        for _ in range(5):
            done = subprocess.run([aside, "ask", "--json", "-", *mode, "--", program, "500", "3"],
                                  capture_output=True, text=True, check=True)
            runs.append(json.loads(done.stdout)["self"]["cpu_share"])
        shares[" ".join(["ask", *mode])] = statistics.median(runs)
    return shares


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--aside", required=True)
    options.add_argument("--pairs", type=int, default=15)
    options.add_argument("--pin", choices=["apart", "together", "none"], default="apart")
    options.add_argument("--tools", help="only these, divided by commas")
    options.add_argument("--targets", help="only these, divided by commas")
    asked = options.parse_args()
    cpus = sorted(os.sched_getaffinity(0))
    last, first = str(cpus[-1]), {cpus[0]}
    tie = [] if asked.pin == "none" else ["taskset", "-c", last]
    tool_cpus = {"apart": first, "together": {cpus[-1]}, "none": None}[asked.pin]
    chosen = tools(os.path.abspath(asked.aside))
    if asked.tools:
        chosen = {name: line for name, line in chosen.items() if name in asked.tools.split(",")}
    targets = {name: work for name, work in TARGETS.items()
               if not asked.targets or name in asked.targets.split(",")}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        program, network = folder / "target", folder / "network"
        build(HERE / "target.c", program)
        build(FIXTURES / "network.cpp", network)
        server = subprocess.Popen([network, "serve", "0", "2"], stdout=subprocess.PIPE, text=True)
        port = server.stdout.readline().strip()
        print(f"{'slow-down':12}" + "".join(f"{name:>27}" for name in chosen), flush=True)
        try:
            for name, usual in targets.items():
                print(f"{name:12}", end="", flush=True)
                for tool, line in chosen.items():
                    words = FEWER.get(tool, usual) if name == "switches" else usual
                    work = [str(program), *words.format(port=port).split()]
                    pairs = asked.pairs if tool.startswith("ask") else max(3, asked.pairs // 4)
                    found = sorted(ratio(line, work, tie, tool_cpus) for _ in range(pairs))
                    low, _, high = statistics.quantiles(found, n=4)
                    text = f"{statistics.median(found) - 1:+.1%} [{low - 1:+.1%} {high - 1:+.1%}]"
                    print(f"{text:>27}", end="", flush=True)
                print()
        finally:
            server.kill()
            server.communicate()
        if not asked.tools and not asked.targets:
            for mode, share in own_share(os.path.abspath(asked.aside), folder).items():
                print(f"{mode} itself, 500 threads: {share:.1%} of a core")


if __name__ == "__main__":
    sys.exit(main())
