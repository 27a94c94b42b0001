#!/usr/bin/env python3
"""What the registry, the lines of awaits and the watchdog cost: instructions of the tasks works, on and off.

Each feature is taken out of a copy of the sources that have it, which is compiled and linked before the
release library. Callgrind counts the instructions of two runs of different length; the difference is that
of the works alone. On one core they are the same in every run, however busy the machine is.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKS = {"spawn_many_local": 20, "spawn_many_remote_idle": 20, "yield_many": 10, "ping_pong": 20,
         "chained_spawn": 20, "oneshot": 20}
TASK, REGISTRY, TURN = "include/aside/task.hpp", "src/sched/registry.cpp", "src/sched/turn.cpp"

# feature -> (file, text, what stands there without it, how often)
FEATURES = {
    "registry": [
        (REGISTRY, "  task_links* const first = p.children.next_;\n  t.next_ = first;\n"
                   "  t.prev_ = &p.children;\n  first->prev_ = &t;\n  p.children.next_ = &t;\n", "", 1),
        (REGISTRY, "  t.next_->prev_ = t.prev_;\n  t.prev_->next_ = t.next_;\n", "", 1),
    ],
    "await lines": [(TASK, "    this->where_ = at;\n", "    static_cast<void>(at);\n", 4)],
    "watchdog": [
        (REGISTRY, "  while (rt.inspecting.load(memory_order_seq_cst)) [[unlikely]]\n"
                   "    spin_pause();\n", "", 1),
        (TURN, "  epoch.store(epoch.load(memory_order_relaxed) + 1, memory_order_relaxed);\n", "", 1),
    ],
}


def compiler():
    commands = json.loads((ROOT / "build/release/compile_commands.json").read_text())
    return next(w for c in commands for w in c["command"].split() if "++" in pathlib.Path(w).name)


def without(feature, tree):
    for file, text, instead, times in FEATURES.get(feature, []):
        path = tree / file
        source = path.read_text()
        if source.count(text) != times:
            sys.exit(f"cost: {file} has changed: no longer {times} times\n{text}")
        path.write_text(source.replace(text, instead))


def build(feature, folder):
    tree = folder / "tree"
    shutil.copytree(ROOT / "include", tree / "include")
    shutil.copytree(ROOT / "src", tree / "src")
    without(feature, tree)
    program = folder / "works"
    subprocess.run(
        [compiler(), "-std=c++23", "-O2", "-DNDEBUG", "-DASIDE_BUILDING",
         "-fvisibility=hidden", "-fvisibility-inlines-hidden", f"-I{tree / 'include'}", f"-I{tree / 'src'}",
         ROOT / "bench/features/works.cpp", tree / REGISTRY, tree / TURN,
         ROOT / "build/release/libaside.a", "-luring", "-lpthread", "-Wl,-S", "-o", program], check=True)
    return program


def instructions(program, work, times, folder):
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder / 'out'}", program, work,
         str(times)], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"cost: {work} failed\n{run.stderr}")
    return int(re.search(r"Collected : (\d+)", run.stderr).group(1))


def cost_of(program, work, folder):
    n = WORKS[work]
    return (instructions(program, work, 2 * n, folder) - instructions(program, work, n, folder)) / n


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", type=pathlib.Path, help="write the figures there too")
    options.add_argument("--work", choices=WORKS, action="append", help="only this one")
    chosen = options.parse_args()
    works = chosen.work or list(WORKS)
    counted = {}
    for feature in ["", *FEATURES]:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            program = build(feature, folder)
            counted[feature] = {w: cost_of(program, w, folder) for w in works}
    print("instructions of one run, and what each feature adds to a run without it\n")
    print(f"{'work':24} {'with all':>12}" + "".join(f" {f:>18}" for f in FEATURES))
    for w in works:
        on = counted[""][w]
        line = f"{w:24} {on:12.0f}"
        for f in FEATURES:
            off = counted[f][w]
            line += f" {on - off:9.0f} {100 * (on / off - 1):+6.2f} %"
        print(line)
    if chosen.json:
        chosen.json.write_text(json.dumps(counted, indent=1) + "\n")


if __name__ == "__main__":
    main()
