#!/usr/bin/env python3
"""Compiles every pattern with one compiler, runs it, and compares with what is on record.

    python3 test/canary/run.py --compiler g++
    python3 test/canary/run.py --compiler g++ --write-record   # after a deliberate change
    python3 test/canary/run.py --self-test                     # can this harness fail at all?

A pattern is `refused` when the compiler reports an error inside it, `miscompiled` when it gives
a wrong value, destroys an object twice or never, or crashes, either run to its end or destroyed
at one of its suspensions, at any optimisation level; else it is `ok`. Better than on record fails
like worse: docs/compilers.md is true only while the record is.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LEVELS = ("-O0", "-O2")
ORDER = ("ok", "miscompiled", "refused")
KINDS = {"pattern": "patterns", "variant": "variants", "remedy": "remedies"}
HEAD = re.compile(r"^(PATTERN|VARIANT|REMEDY)\((\w+),")
ERROR = re.compile(
    r"^(\S+?):(\d+):(?:\d+:)? (?:fatal error|error|internal compiler error): (.*)$", re.M
)

Pattern = collections.namedtuple("Pattern", "kind name first last")
Verdict = collections.namedtuple("Verdict", "status reason")


class HarnessError(Exception):
    pass


class Theme:
    """One source file of patterns, which can be written out without some of them."""

    def __init__(self, path):
        self.path = path
        self.lines = path.read_text().split("\n")
        self.patterns = []
        for number, line in enumerate(self.lines, 1):
            head = HEAD.match(line)
            if head:
                whole = line.endswith("}")
                last = number if whole else self.lines.index("}", number) + 1
                self.patterns.append(Pattern(head[1].lower(), head[2], number, last))

    def pattern_at(self, line):
        return next((p for p in self.patterns if p.first <= line <= p.last), None)

    def text_without(self, names):
        lines = list(self.lines)
        for pattern in self.patterns:
            if pattern.name in names:
                lines[pattern.first - 1 : pattern.last] = [""] * (pattern.last - pattern.first + 1)
        return f'#line 1 "{self.path}"\n' + "\n".join(lines)


def compiler_command(compiler):
    return [*compiler, "-std=c++23", f"-I{HERE}"]


def record_name(compiler):
    macros = run_or_fail([*compiler, "-dM", "-E", "-x", "c++", "/dev/null"], "ask for its version")
    value = dict(re.findall(r"^#define (\w+) (.*)$", macros, re.M))
    if "__clang__" in value:
        return f"clang-{value['__clang_major__']}"
    if "__GNUC__" in value:
        return f"gcc-{value['__GNUC__']}"
    raise HarnessError(f"{compiler[0]} is neither clang nor gcc, so it has no record")


def fingerprint(themes, compiler, level):
    """Everything the outcome of a build depends on."""
    sources = [theme.path for theme in themes] + sorted(HERE.glob("*.hpp")) + [HERE / "main.cpp"]
    digest = hashlib.sha256(" ".join([*compiler_command(compiler), level]).encode())
    digest.update(run_or_fail([*compiler, "--version"], "ask for its version").encode())
    for source in sources:
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()


def run_or_fail(command, purpose):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise HarnessError(f"cannot {purpose}: {command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        raise HarnessError(f"cannot {purpose}: {' '.join(command)}\n{done.stderr}")
    return done.stdout


def compile_theme(theme, compiler, level, folder):
    """Leaves out one refused pattern after the other until the rest compiles."""
    refused = {}
    target = folder / f"{theme.path.stem}{level}.o"
    while True:
        source = folder / f"{theme.path.stem}{level}.cpp"
        source.write_text(theme.text_without(refused))
        done = subprocess.run(
            [*compiler_command(compiler), level, "-c", source, "-o", target],
            capture_output=True,
            text=True,
        )
        if done.returncode == 0:
            return target, refused
        pattern, message = first_error_in(theme, done.stderr)
        if pattern is None or pattern.name in refused:
            raise HarnessError(
                f"{theme.path.name} does not compile, not because of a pattern:\n{done.stderr}"
            )
        refused[pattern.name] = message


def first_error_in(theme, diagnostics):
    for file, line, message in ERROR.findall(diagnostics):
        if file == str(theme.path):
            return theme.pattern_at(int(line)), message
    return None, ""


def build(themes, compiler, level, folder, pool):
    """Returns the program and {refused pattern: message}; does nothing when nothing has changed."""
    program, notes = folder / f"canary{level}", folder / f"built{level}.json"
    wanted = fingerprint(themes, compiler, level)
    if program.exists() and notes.exists():
        built = json.loads(notes.read_text())
        if built["fingerprint"] == wanted:
            return program, built["refused"]
    notes.unlink(missing_ok=True)

    main = folder / f"main{level}.o"
    source = str(HERE / "main.cpp")
    compile_main = [*compiler_command(compiler), level, "-c", source, "-o", str(main)]
    main_done = pool.submit(run_or_fail, compile_main, "compile main.cpp")
    built = list(pool.map(lambda theme: compile_theme(theme, compiler, level, folder), themes))
    main_done.result()
    objects = [str(main), *(str(target) for target, _ in built)]
    run_or_fail([*compiler, *objects, "-o", str(program)], "link the patterns")
    refused = {name: message for _, found in built for name, message in found.items()}
    notes.write_text(json.dumps({"fingerprint": wanted, "refused": refused}))
    return program, refused


def judge(themes, compiler, level, folder, pool):
    program, refused = build(themes, compiler, level, folder, pool)
    verdicts = {name: Verdict("refused", f"error: {text}") for name, text in refused.items()}
    for line in run_or_fail([str(program)], "run the patterns").splitlines():
        way, _, name, status, fault = line.split("\t")
        if name not in verdicts or verdicts[name].status == "ok":
            verdicts[name] = Verdict(status, f"{way}: {fault}" if fault else "")
    return verdicts


def judge_at_all_levels(themes, compiler, folder, jobs):
    folder.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        by_level = {level: judge(themes, compiler, level, folder, pool) for level in LEVELS}
    return {p.name: worst(by_level, p.name) for theme in themes for p in theme.patterns}


def worst(verdicts_by_level, name):
    for level, verdicts in verdicts_by_level.items():
        if name not in verdicts:
            raise HarnessError(f"{name} compiled, but did not run at {level}")
    level = max(LEVELS, key=lambda each: ORDER.index(verdicts_by_level[each][name].status))
    verdict = verdicts_by_level[level][name]
    return Verdict(verdict.status, f"{level} {verdict.reason}" if verdict.reason else "")


def read_record(path):
    if not path.exists():
        raise HarnessError(f"{path} is missing: run with --write-record and review what it says")
    pairs = (line.split() for line in path.read_text().splitlines() if line and line[0] != "#")
    return {name: status for status, name in pairs}


def difference(status, recorded):
    if recorded is None:
        return "not on record"
    if status == recorded:
        return ""
    direction = "WORSE" if ORDER.index(status) > ORDER.index(recorded) else "BETTER"
    return f"{direction} than the record, which says {recorded}"


def compare(patterns, verdicts, record):
    """Prints a line per pattern; returns the number of differences from the record."""
    differences = 0
    for pattern in patterns:
        verdict = verdicts[pattern.name]
        changed = difference(verdict.status, record.get(pattern.name))
        if pattern.kind == "remedy" and verdict.status != "ok":
            changed = changed or "a remedy has to be ok"
        differences += bool(changed)
        notes = "; ".join(note for note in (verdict.reason, changed) if note)
        line = f"{verdict.status:11} {pattern.kind:7} {pattern.name}"
        print(f"{line}: {notes}" if notes else line)
    for name in record.keys() - {p.name for p in patterns}:
        differences += 1
        print(f"{'gone':11} {name}: on record, but not in the sources")
    return differences


def summary(patterns, verdicts):
    for kind, plural in KINDS.items():
        count = collections.Counter(verdicts[p.name].status for p in patterns if p.kind == kind)
        counted = ", ".join(f"{count[status]} {status}" for status in ORDER)
        print(f"{sum(count.values())} {plural}: {counted}")


def self_test(compiler, folder, jobs):
    """Deliberate faults have to be found, and every kind of difference from a record counted."""
    theme = Theme(HERE / "self_test" / "deliberate_faults.cpp")
    verdicts = judge_at_all_levels([theme], compiler, folder, jobs)
    found = compare(theme.patterns, verdicts, read_record(HERE / "self_test" / "expected.txt"))

    plain = Pattern("pattern", "p", 1, 1)
    remedy = plain._replace(kind="remedy")
    cases = [
        ("as recorded", plain, "miscompiled", {"p": "miscompiled"}, 0),
        ("worse", plain, "miscompiled", {"p": "ok"}, 1),
        ("better", plain, "ok", {"p": "refused"}, 1),
        ("not on record", plain, "ok", {}, 1),
        ("gone from the sources", plain, "ok", {"p": "ok", "q": "ok"}, 1),
        ("a broken remedy", remedy, "miscompiled", {"p": "miscompiled"}, 1),
    ]
    for title, pattern, status, record, wanted in cases:
        with contextlib.redirect_stdout(io.StringIO()):
            counted = compare([pattern], {"p": Verdict(status, "")}, record)
        found += counted != wanted
        print(f"{'ok' if counted == wanted else 'FAILED':11} compare {title}")
    print("self-test: " + (f"{found} failures" if found else "every deliberate fault was found"))
    return found


def check_against_record(compiler, folder, jobs, write):
    record_path = HERE / "expected" / f"{record_name(compiler)}.txt"
    themes = [Theme(path) for path in sorted(HERE.glob("*.cpp")) if path.stem != "main"]
    patterns = [pattern for theme in themes for pattern in theme.patterns]
    verdicts = judge_at_all_levels(themes, compiler, folder, jobs)
    if write:
        lines = [f"{verdicts[p.name].status:11} {p.name}" for p in patterns]
        record_path.write_text("\n".join(lines) + "\n")
        print(f"wrote {record_path}: review the difference, and docs/compilers.md with it")
    differences = compare(patterns, verdicts, read_record(record_path))
    summary(patterns, verdicts)
    if differences:
        print(f"{record_path.stem}: {differences} differences from {record_path}")
    return differences


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--compiler", default="g++", help="a command: clang++-22, 'ccache g++'")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=pathlib.Path, help="keep builds here; default: nowhere")
    parser.add_argument("--write-record", action="store_true", help="write expected/<compiler>.txt")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    compiler = options.compiler.split()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or pathlib.Path(temporary)
        if options.self_test:
            return 1 if self_test(compiler, folder, options.jobs) else 0
        write = options.write_record
        return 1 if check_against_record(compiler, folder, options.jobs, write) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except HarnessError as error:
        sys.exit(f"canary: {error}")
