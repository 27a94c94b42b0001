"""The misuses of this folder and of test/compile_fail, as run.py and table.py read them."""

import collections
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
CASES = (HERE / "cases.cpp", HERE / "handover_cases.cpp")
REPORTS = HERE / "reports.txt"
COMPILE_FAIL = HERE.parent / "compile_fail"
COMPILERS = ("clang-22", "clang-19", "gcc-12")

Misuse = collections.namedtuple("Misuse", "title name code here")
Refused = collections.namedtuple("Refused", "title code lines")
Report = collections.namedtuple("Report", "end line")


class MisuseError(Exception):
    pass


def at_run_time():
    """Of CASES: title, function, code, and the number of the line that is marked `here`."""
    return [misuse for path in CASES for misuse in cases_of(path.read_text())]


def cases_of(text):
    found = []
    for section in re.finditer(r"^// case: ([^\n]+)\n(.*?)^// end$", text, re.M | re.S):
        first = text.count("\n", 0, section.start(2)) + 1
        code = [line for line in section[2].rstrip().split("\n") if not line.startswith("#pragma")]
        marked = [n for n, line in enumerate(section[2].split("\n"), first) if "// here" in line]
        name = re.findall(r"^void (\w+)\(\) \{", section[2], re.M)[-1]
        if len(marked) > 1:
            raise MisuseError(f"{name}: only one line can be the one that is reported")
        found.append(Misuse(section[1], name, code, marked[0] if marked else None))
    return found


def reports():
    """{function: Report} of reports.txt."""
    rows = (line.split("  ", 2) for line in REPORTS.read_text().splitlines())
    return {name: Report(end, line) for name, end, line in rows}


def when_compiled():
    """Of test/compile_fail: title, wrong lines, and {compiler: first error}."""
    said = {}
    for compiler in COMPILERS:
        lines = (COMPILE_FAIL / "said" / f"{compiler}.txt").read_text().splitlines()
        said[compiler] = dict(line.split("  ", 1) for line in lines)
    found = []
    for path in sorted(COMPILE_FAIL.glob("*_fail.cpp"), key=number):
        title = re.sub(r"^\d+_(.*)_fail$", r"\1", path.stem).replace("_", " ")
        lines = {compiler: said[compiler].get(path.stem) for compiler in COMPILERS}
        found.append(Refused(title, wrong_code(path.read_text()), lines))
    return found


def number(path):
    return int(path.name.split("_")[0])


def wrong_code(text):
    """What a compiler sees of a case without -DASIDE_FIXED, without includes."""
    keep, code = True, []
    for line in text.split("\n"):
        if line == "#ifdef ASIDE_FIXED":
            keep = False
        elif line == "#ifndef ASIDE_FIXED":
            keep = True
        elif line == "#else":
            keep = not keep
        elif line == "#endif":
            keep = True
        elif keep and not line.startswith(("// expect:", "// flags:", "// errors:",
                                           "// compilers:", "#include")):
            code.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(code)).strip("\n").split("\n")
