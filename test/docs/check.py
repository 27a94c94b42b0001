#!/usr/bin/env python3
"""Every C++ snippet in README.md and docs/ is a copy of code that the tests compile.

    python3 test/docs/check.py             # says which copies are out of date
    python3 test/docs/check.py --write     # brings them up to date

A line in front of a fenced block says what it is a copy of:
  <!-- code: name -->       the lines between `// [name]` and `// [/name]` in a program of the page,
                            test/docs/<folder>/<page>*.cpp
  <!-- output -->           lines that stand together in what one of them prints, <page>*.txt
  <!-- refused: case -->    what test/compile_fail/<case>_fail.cpp shows to be refused
  <!-- accepted: case -->   what it shows to be accepted instead
  <!-- message: case -->    what the compiler says about it, whole
  <!-- example: name -->    README.md's own, which test/consumer builds
A ```cpp block without such a line is an error, and so are code that is only indented, a region that
no page shows, a link to a file that is not there, and a page that docs/README.md does not name.
"""

import argparse
import pathlib
import re
import sys
import textwrap

FENCE = re.compile(r"```(\w*)$")
MARKER = re.compile(r"<!-- (code|output|refused|accepted|message|example)(?:: (\w+))? -->$")
REGION = re.compile(r"\s*// \[(/?)(\w+)\]$")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
LITERAL = r'"((?:[^"\\\n]|\\.)*)"'


MADE = ("misuses.md",)  # by scripts, out of code that is compiled


class Fault(Exception):
    pass


def regions(source):
    """{name: text} of one source."""
    found = {}
    open_name = None
    for line in source.read_text().splitlines():
        mark = REGION.match(line)
        if not mark:
            if open_name:
                found[open_name].append(line)
        elif mark.group(1):
            if open_name != mark.group(2):
                raise Fault(f"{source.name}: [/{mark.group(2)}] ends no region")
            open_name = None
        elif open_name or mark.group(2) in found:
            raise Fault(f"{source.name}: [{mark.group(2)}] begins twice or inside another")
        else:
            open_name = mark.group(2)
            found[open_name] = []
    if open_name:
        raise Fault(f"{source.name}: [{open_name}] has no end")
    return {name: textwrap.dedent("\n".join(lines)).strip("\n") for name, lines in found.items()}


class Project:
    def __init__(self, root):
        self.root = root
        self.faults = []
        self.shown = set()
        self.messages = [
            "".join(re.findall(LITERAL, run.group(0)))
            for header in sorted((root / "include").rglob("*.hpp"))
            for run in re.finditer(LITERAL + rf"(?:\s+{LITERAL})*", header.read_text())
        ]

    def programs(self, page, suffix):
        if self.root / "docs" not in page.parents:
            raise Fault("only a page of docs/ has programs")
        folder = self.root / "test" / "docs" / page.parent.relative_to(self.root / "docs")
        stem = page.stem.replace("-", "_")
        return sorted(folder.glob(f"{stem}*{suffix}"))

    def code(self, page, name):
        found = [(p, regions(p)[name]) for p in self.programs(page, ".cpp") if name in regions(p)]
        if len(found) != 1:
            raise Fault(f"{len(found)} programs of this page have a region [{name}], not one")
        self.shown.add((found[0][0], name))
        return found[0][1]

    def case(self, name):
        path = self.root / "test" / "compile_fail" / f"{name}_fail.cpp"
        if not path.exists():
            raise Fault(f"there is no {path.name}")
        text = path.read_text()
        parts = re.search(r"^#ifdef ASIDE_FIXED\n(.*?)^#else\n(.*?)^#endif", text, re.M | re.S)
        if not parts:
            raise Fault(f"{path.name} has no #ifdef ASIDE_FIXED with an #else")
        accepted, refused = (textwrap.dedent(p).rstrip("\n") for p in parts.groups())
        expect = re.search(r"^// expect: (.+)$", text, re.M).group(1)
        whole = [m for m in self.messages if expect in m]
        return {"accepted": accepted, "refused": refused, "message": whole[0] if whole else expect}

    def wanted(self, page, kind, name, block):
        if kind == "code":
            return self.code(page, name)
        if kind in ("refused", "accepted"):
            return self.case(name)[kind]
        if kind == "message":
            # The compiler's line, folded for the page.
            return "\n".join(textwrap.wrap(self.case(name)[kind], 100))
        if kind == "output":
            printed = [p.read_text() for p in self.programs(page, ".txt")]
            if not any(f"\n{block}\n" in f"\n{text}" for text in printed):
                raise Fault("no program of this page prints these lines")
        return block

    def check_page(self, page):
        """The page as it should be."""
        lines = page.read_text().splitlines()
        here = page.relative_to(self.root)
        out = []
        marker = None
        at = 0
        while at < len(lines):
            line = lines[at]
            fence = FENCE.match(line)
            if not fence:
                if line.startswith("    ") and at > 0 and not lines[at - 1].strip():
                    self.faults.append(f"{here}:{at + 1}: indented code: put it between ``` lines")
                marker = MARKER.match(line) if line.strip() else None
                out.append(line)
                at += 1
                continue
            end = at + 1
            while end < len(lines) and lines[end] != "```":
                end += 1
            block = "\n".join(lines[at + 1 : end])
            if marker:
                try:
                    new = self.wanted(page, marker.group(1), marker.group(2), block)
                except Fault as fault:
                    self.faults.append(f"{here}:{at + 1}: {fault}")
                    new = block
                if new != block:
                    self.faults.append(f"{here}:{at + 1}: {marker.group(0)} is out of date")
            else:
                new = block
                if fence.group(1) == "cpp" and page.name not in MADE:
                    self.faults.append(f"{here}:{at + 1}: C++ that nothing compiles")
            out += [line, *new.splitlines(), "```"]
            marker = None
            at = end + 1
        self.check_links(page, lines)
        return "\n".join(out) + "\n"

    def check_links(self, page, lines):
        for number, line in enumerate(lines, 1):
            for link in LINK.findall(line):
                if not (page.parent / link).exists():
                    here = page.relative_to(self.root)
                    self.faults.append(f"{here}:{number}: a link to {link}, which is not there")

    def check_all(self, write):
        docs = self.root / "docs"
        pages = [p for p in sorted(docs.rglob("*.md")) if p.parent.name != "design"]
        for page in [self.root / "README.md", *pages]:
            before = page.read_text()
            after = self.check_page(page)
            if write and after != before:
                page.write_text(after)
        for source in sorted((self.root / "test" / "docs").rglob("*.cpp")):
            try:
                for name in regions(source):
                    if (source, name) not in self.shown:
                        self.faults.append(f"{source.name}: no page shows [{name}]")
            except Fault as fault:
                self.faults.append(str(fault))
        index = docs / "README.md"
        named = {(docs / link).resolve() for link in LINK.findall(index.read_text())}
        for page in pages:
            if page != index and page.resolve() not in named:
                self.faults.append(f"docs/README.md does not name {page.relative_to(docs)}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    here = pathlib.Path(__file__).resolve()
    parser.add_argument("--root", type=pathlib.Path, default=here.parent.parent.parent)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    project = Project(options.root.resolve())
    project.check_all(options.write)
    for fault in project.faults:
        print(fault)
    print(f"{len(project.faults)} faults{', as they were before' if options.write else ''}")
    return 1 if project.faults else 0


if __name__ == "__main__":
    sys.exit(main())
