#!/usr/bin/env python3
"""Every misuse in this folder must be refused, in our own words, on the first line.

    python3 test/compile_fail/run.py --compiler clang++-22 --include include
    python3 test/compile_fail/run.py --compiler g++ --write-record    # after a deliberate change
    python3 test/compile_fail/run.py --self-test     # can this harness fail at all?

A case is one file, NN_what_is_wrong_fail.cpp. It is compiled twice: as it stands, when its first
error must contain the text after `// expect:`, and with -DASIDE_FIXED, when it must compile, so
that it is refused for the right reason and for no other. Optional lines in a case:
  // flags: <more compiler flags>
  // compilers: clang      (only compilers whose name begins so; the others skip it)
  // errors: 2             (how many errors the misuse may give; 1 without this line)
The whole first error of each case is on record in said/<compiler>.txt, and must be what it was:
docs/misuses.md is made of it (test/misuse/table.py).
With --folder, a case that passed is not compiled again until the case, a public header, this
harness or the compiler has changed; a case that failed is compiled every time.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "support"))
import verdicts  # noqa: E402

FLAGS = ["-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-fdiagnostics-color=never"]
ERROR = re.compile(r"(?:^|: )(?:fatal )?error: (.*)$", re.M)

Case = collections.namedtuple("Case", "path expect flags compilers errors")
Outcome = collections.namedtuple("Outcome", "status lines")


class HarnessError(Exception):
    pass


def read_case(path):
    notes = dict(re.findall(r"^// (expect|flags|compilers|errors): (.+)$", path.read_text(), re.M))
    if "expect" not in notes:
        raise HarnessError(f"{path.name} has no `// expect: <text>` line")
    if not re.fullmatch(r"\d{2,3}_[a-z0-9_]+_fail", path.stem):
        raise HarnessError(f"{path.name} must be called NN_what_is_wrong_fail.cpp")
    return Case(
        path,
        notes["expect"].strip(),
        notes.get("flags", "").split(),
        notes.get("compilers", "").split(),
        int(notes.get("errors", "1")),
    )


class Compiler:
    """One compiler and the umbrella header, compiled ahead when the first case needs it."""

    def __init__(self, command, include, folder):
        self.command = [*command, *FLAGS, f"-I{include}"]
        self.name = self.release(command)
        self.include = include
        self.folder = folder
        self.ahead = None
        self.once = threading.Lock()
        harness = [*HERE.glob("*.hpp"), HERE / "run.py", pathlib.Path(verdicts.__file__)]
        self.digest = verdicts.digest(
            verdicts.digest_of_compiler(command),
            *self.command,
            verdicts.digest_of_files(include, (p for p in include.rglob("*") if p.is_file())),
            verdicts.digest_of_files(HERE.parent, harness),
        )

    def key(self, case, recorded):
        """A digest of everything that the outcome of a case depends on."""
        return verdicts.digest(self.digest, case.path.name, case.path.read_bytes(), recorded)

    def compile_ahead(self):
        umbrella = self.include / "aside" / "aside.hpp"
        header = self.folder / "ahead.hpp"
        header.write_text(f'#include "{umbrella}"\n')
        command = [part for part in self.command if part != "-fsyntax-only"]
        command += ["-x", "c++-header", str(header), "-o", f"{header}.gch"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise HarnessError(f"{umbrella} does not compile by itself:\n{done.stderr}")
        return ["-include", str(header)]

    @staticmethod
    def release(command):
        """clang-22, gcc-12, ..."""
        ask = [*command, "-dM", "-E", "-x", "c++", "/dev/null"]
        try:
            done = subprocess.run(ask, capture_output=True, text=True)
        except OSError as error:
            raise HarnessError(f"cannot run {command[0]}: {error.strerror}") from error
        value = dict(re.findall(r"^#define (\w+) (.*)$", done.stdout, re.M))
        if "__clang__" in value:
            return f"clang-{value['__clang_major__']}"
        if "__GNUC__" in value:
            return f"gcc-{value['__GNUC__']}"
        raise HarnessError(f"{command[0]} is neither clang nor gcc")

    def errors_of(self, path, flags):
        """The text of each error, in order; none when it compiles."""
        with self.once:
            self.ahead = self.ahead or self.compile_ahead()
        # What was compiled ahead is of one standard.
        ahead = [] if any(flag.startswith("-std=") for flag in flags) else self.ahead
        done = subprocess.run(
            [*self.command, *ahead, *flags, str(path)],
            capture_output=True,
            text=True,
            env={**os.environ, "LC_ALL": "C"},  # plain quotation marks, no translations
        )
        if done.returncode == 0:
            return []
        said = done.stderr.replace(f"{path.parent}/", "")  # in the names of lambdas
        return ERROR.findall(said) or [f"no error line, but exit code {done.returncode}"]


def read_record(path):
    """{stem: the first error}"""
    if not path.exists():
        raise HarnessError(f"{path} is missing: run with --write-record and review what it says")
    return dict(line.split("  ", 1) for line in path.read_text().splitlines())


def concerns(case, compiler):
    return not case.compilers or any(compiler.name.startswith(name) for name in case.compilers)


def write_record(path, cases, compiler, jobs):
    def line(case):
        found = compiler.errors_of(case.path, case.flags)
        if not found:
            raise HarnessError(f"{case.path.stem} compiles: nothing to record")
        return f"{case.path.stem}  {found[0]}\n"

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        lines = list(pool.map(line, (case for case in cases if concerns(case, compiler))))
    path.write_text("".join(lines))
    print(f"wrote {path}: review the difference, then run test/misuse/table.py --write")


def judge(case, compiler, recorded):
    """`recorded` is the first error that is on record; None where nothing is to be compared."""
    if not concerns(case, compiler):
        return Outcome("skipped", [f"only for {' '.join(case.compilers)}"])
    found = compiler.errors_of(case.path, case.flags)
    if not found:
        return Outcome("FAILED", ["it compiles", f"wanted the error: {case.expect}"])
    if case.expect not in found[0]:
        return Outcome("FAILED", [f"first error: {found[0]}", f"wanted in it: {case.expect}"])
    if recorded is not None and recorded != found[0]:
        lines = [f"first error: {found[0]}", f"on record:   {recorded or 'nothing'}"]
        return Outcome("FAILED", lines)
    if len(found) > case.errors:
        listed = [f"error: {text}" for text in found]
        return Outcome("FAILED", [f"{len(found)} errors, at most {case.errors} wanted", *listed])
    fixed = compiler.errors_of(case.path, [*case.flags, "-DASIDE_FIXED"])
    if fixed:
        return Outcome("FAILED", [f"still refused with -DASIDE_FIXED: {fixed[0]}"])
    return Outcome("ok", [])


def run_cases(cases, compiler, record, kept, jobs):
    """Prints a line per case; returns {stem: status}. Without a record nothing is compared."""
    outcomes = {}
    recorded = {case.path.stem: record and record.get(case.path.stem, "") for case in cases}
    keys = {case.path.stem: compiler.key(case, recorded[case.path.stem]) for case in cases}
    unchanged = {stem for stem, key in keys.items() if kept.passed(stem, key)}

    def outcome_of(case):
        stem = case.path.stem
        if stem in unchanged:
            return Outcome("ok", [])
        outcome = judge(case, compiler, recorded[stem])
        if outcome.status == "ok":
            kept.keep(stem, keys[stem])
        return outcome

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for case, outcome in zip(cases, pool.map(outcome_of, cases)):
            stem = case.path.stem
            outcomes[stem] = "ok (unchanged)" if stem in unchanged else outcome.status
            head = f"{outcomes[stem] + ' ':8}{stem}"
            print("\n    ".join([head, *outcome.lines]), flush=True)
    return outcomes


def summary(outcomes):
    count = collections.Counter(outcomes.values())
    passed = count["ok"] + count["ok (unchanged)"]
    print(
        f"{len(outcomes)} cases: {passed} ok ({count['ok (unchanged)']} unchanged), "
        f"{count['FAILED']} failed, {count['skipped']} skipped"
    )


def self_test(command, folder, jobs):
    """Cases named *_passes_fail are sound; every other one is broken and has to be reported, also
    by a second run, which must not compile what passed the first time, and a third, which must:
    by then the umbrella, here an empty one, has changed."""
    cases = [read_case(path) for path in sorted((HERE / "self_test").glob("*.cpp"))]
    if not cases:
        raise HarnessError("the self-test has no cases")
    umbrella = folder / "include" / "aside" / "aside.hpp"
    umbrella.parent.mkdir(parents=True)
    kept = verdicts.Verdicts(folder / "verdicts")
    wrong = 0
    for title, text, sound in (
        ("first run", "#pragma once\n", "ok"),
        ("second run", "#pragma once\n", "ok (unchanged)"),
        ("changed header", "#pragma once\nextern int changed;\n", "ok"),
    ):
        print(f"{title}:")
        umbrella.write_text(text)
        compiler = Compiler(command, folder / "include", folder)
        outcomes = run_cases(cases, compiler, None, kept, jobs)
        for stem, status in outcomes.items():
            if status != (sound if stem.endswith("_passes_fail") else "FAILED"):
                wrong += 1
                print(f"self-test: {title}: {stem} was reported as {status}")
    passing = [case for case in cases if case.path.stem.endswith("_passes_fail")]
    said = {case.path.stem: compiler.errors_of(case.path, case.flags)[0] for case in passing}
    other = dict.fromkeys(said, "another line")
    for title, record, status in (
        ("as on record", said, "ok"),
        ("another line on record", other, "FAILED"),
        ("not on record", {"some_other": "line"}, "FAILED"),
    ):
        print(f"{title}:")
        outcomes = run_cases(passing, compiler, record, verdicts.Verdicts(None), jobs)
        wrong += sum(found != status for found in outcomes.values())
    if not wrong:
        print("self-test: every broken case was reported")
    return wrong


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--compiler", default="clang++-22")
    parser.add_argument("--include", type=pathlib.Path, default=REPOSITORY / "include")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=pathlib.Path, help="keep verdicts here; default: nowhere")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--write-record", action="store_true", help="write said/<compiler>.txt")
    parser.add_argument("filter", nargs="?", default="", help="only cases whose name contains this")
    options = parser.parse_args()
    command = options.compiler.split()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        if options.self_test:
            return 1 if self_test(command, folder, options.jobs) else 0
        paths = [path for path in sorted(HERE.glob("*.cpp")) if options.filter in path.stem]
        if not paths:
            raise HarnessError(f"no case has `{options.filter}` in its name")
        compiler = Compiler(command, options.include.resolve(), folder)
        cases = [read_case(path) for path in paths]
        record = HERE / "said" / f"{compiler.name}.txt"
        if options.write_record:
            if options.filter:
                raise HarnessError("a record is written whole, without a filter")
            write_record(record, cases, compiler, options.jobs)
            return 0
        kept = verdicts.Verdicts(options.folder)
        said = read_record(record)
        outcomes = run_cases(cases, compiler, said, kept, options.jobs)
        if not options.filter:
            for stem in said.keys() - {case.path.stem for case in cases if concerns(case, compiler)}:
                outcomes[stem] = "FAILED"
                print(f"FAILED  {stem}: on record, but there is no such case")
        summary(outcomes)
        return 1 if "FAILED" in outcomes.values() else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except HarnessError as error:
        sys.exit(f"compile_fail: {error}")
