#!/usr/bin/env python3
"""docs/misuses.md: every misuse that the tests commit, and the line that it gives.

    python3 test/misuse/table.py            # fails when the page is outdated
    python3 test/misuse/table.py --write

The page is made of records that the tests of each compiler check: test/compile_fail/said/ and
test/misuse/reports.txt. So this needs no compiler, and the page is right when both tests pass.
"""

import argparse
import pathlib
import sys

import misuses

PAGE = misuses.HERE.parent.parent / "docs" / "misuses.md"
NAMES = {"clang-22": "clang 22", "clang-19": "clang 19", "gcc-12": "g++ 12"}

HEAD = """\
# Misuses, and what is said about each

Made by `test/misuse/table.py` from what the tests have seen; do not edit. First what is refused when it is
compiled, with the whole first error of each compiler; then what is reported when it runs. `<here>` stands
for the file and line marked `here`, N for a number.

What neither sees is said in [compilers](compilers.md#what-is-not-seen),
[locals of a scope](footguns/locals-of-a-scope.md) and [stopping](footguns/stopping.md).
"""


def capital(text):
    return text[0].upper() + text[1:]


def fenced(lines, language=""):
    return [f"```{language}", *lines, "```", ""]


def refused(case):
    """One block of text for all compilers that say the same."""
    groups = {}
    for compiler, line in case.lines.items():
        groups.setdefault(line, []).append(NAMES[compiler])
    yield f"### {capital(case.title)}"
    yield ""
    yield from fenced(case.code, "cpp")
    said = []
    for line, names in groups.items():
        said.append(f"{', '.join(names)}: {line if line else 'not seen'}")
    yield from fenced(said)


def reported(misuse, report):
    yield f"### {capital(misuse.title)}"
    yield ""
    yield from fenced(misuse.code, "cpp")
    yield from fenced([f"{report.line}"])
    yield {
        "aborts": "The process ends (`SIGABRT`).",
        "goes on": "The program goes on.",
        "hangs": "The program waits on.",
    }[report.end]
    yield ""


def page():
    lines = [HEAD, "## Refused by the compiler", ""]
    for case in misuses.when_compiled():
        lines += refused(case)
    lines += ["## Reported at run time", ""]
    record = misuses.reports()
    for misuse in misuses.at_run_time():
        lines += reported(misuse, record[misuse.name])
    return "\n".join(lines).rstrip("\n") + "\n"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.write:
        PAGE.write_text(page())
        return 0
    if not PAGE.exists() or PAGE.read_text() != page():
        print(f"{PAGE} is outdated: run test/misuse/table.py --write and review what changes")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
