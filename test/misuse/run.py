#!/usr/bin/env python3
"""What aside reports about each misuse of the files with cases must be what reports.txt says.

    python3 test/misuse/run.py --program build/release/test/misuse_cases
    python3 test/misuse/run.py --program ... --write-record     # after a deliberate change

Every case runs in a process of its own until its report is there or it ends. A report has to name
the line of its file that is marked `here`, where one is. In reports.txt `<here>` stands for that
place, `<function>` for a name that compilers spell differently, N for a time; before it stands how the
process ended: `aborts`, `goes on`, or `hangs`, where it was ended by this script.
"""

import argparse
import re
import subprocess
import sys
import threading

import misuses

LIMIT = 30
SETTLE = 3  # how long after its report a process counts as one that hangs


def settled(text, misuse):
    """The report as it is on record: one line, without what differs from run to run."""
    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines) if line.startswith("aside: ")]
    if not starts:
        return "nothing"
    report = lines[starts[0]]
    if lines[starts[0] + 1 : starts[0] + 2] and lines[starts[0] + 1].startswith("  at "):
        report += " " + lines[starts[0] + 1].strip()
    report = re.sub(r"\b\d+ ms\b", "N ms", report)
    report = re.sub(r"^aside: .*, made at", "aside: <function>, made at", report)

    def place(match):
        if int(match[2]) == misuse.here:
            return "<here>"
        return f"{match[1]}:{match[2]}" if misuse.here else match[1]

    return re.sub(r"(?:[^ ]*/)?([\w.]+\.[ch]pp):(\d+)", place, report)


def observe(program, misuse, patience):
    """How it ended, within `patience` after its report, and the report."""
    process = subprocess.Popen([program, misuse.name], stderr=subprocess.PIPE,
                               stdout=subprocess.DEVNULL)
    said = []
    reported = threading.Event()

    def listen():
        for line in process.stderr:
            said.append(line.decode(errors="replace"))
            if said[-1].startswith("aside: "):
                reported.set()
        reported.set()

    listener = threading.Thread(target=listen)
    listener.start()
    reported.wait(LIMIT)
    try:
        code = process.wait(patience)
        end = "goes on" if code == 0 else "aborts" if code == -6 else f"ends with {code}"
    except subprocess.TimeoutExpired:
        end = "hangs"
        process.kill()
        process.wait()
    listener.join()
    process.stderr.close()
    return misuses.Report(end, settled("".join(said), misuse))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--program", required=True)
    parser.add_argument("--write-record", action="store_true")
    parser.add_argument("--without", action="append", default=[], help="a case that is not run")
    options = parser.parse_args()
    known = misuses.at_run_time()
    if options.write_record:
        found = {misuse.name: observe(options.program, misuse, SETTLE) for misuse in known}
        rows = [f"{name}  {report.end}  {report.line}\n" for name, report in found.items()]
        misuses.REPORTS.write_text("".join(rows))
        print(f"wrote {misuses.REPORTS}: review the difference, then run table.py --write")
        return 0
    record = misuses.reports()
    found = {}
    for misuse in known:
        hangs = misuse.name in record and record[misuse.name].end == "hangs"
        if misuse.name not in options.without:
            found[misuse.name] = observe(options.program, misuse, 0.1 if hangs else LIMIT)
    for name in options.without:
        del record[name]
    wrong = 0
    for name in sorted(found.keys() | record.keys()):
        if found.get(name) == record.get(name):
            print(f"ok      {name}")
            continue
        wrong += 1
        print(f"FAILED  {name}\n    found:     {found.get(name)}\n    on record: {record.get(name)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
