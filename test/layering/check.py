#!/usr/bin/env python3
"""Checks the rules that keep the folders apart. See --help; the tables are layers.txt and
public_headers.txt beside this file."""

import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import verdicts  # noqa: E402

MAX_LINES = 600
FLAGS = ("-std=c++23", "-fsyntax-only", "-H", "-x", "c++")
CODE_FOLDERS = ("include", "src", "apps", "test", "bench", "examples", "tools", "scripts")
CODE_SUFFIXES = {".hpp", ".cpp", ".h", ".c", ".py", ".inc"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
SYSTEM_HEADERS = re.compile(r"(liburing\.h|liburing/.*|sys/.*|linux/.*|asm/.*|llhttp\.h)$")
NOT_IN_UMBRELLA = {"functional", "memory", "stop_token", "iostream"}

CLOCK_OR_RANDOM = re.compile(
    r"\b(clock_gettime|gettimeofday|timespec_get|getrandom|getentropy|arc4random\w*|random_device"
    r"|rdtsc\w*|__rdtscp?|__builtin_ia32_rdtscp?|[a-z_]*clock\s*::\s*now)\b"
    r"|(?<![\w.>:])(?:std\s*::\s*|::\s*)?(?:time|rand|srand)\s*\(\s*(?:nullptr|NULL|0|&|\))")
ATOMIC = re.compile(
    r"\bstd\s*::\s*(atomic\w*|memory_order\w*)|\b__(atomic|sync)_\w+|#\s*include\s*<atomic>")

STRIP = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^()\\ ]{0,16})\(.*?\)(?P=d)"'
    r'|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'', re.S)


def without_comments_and_strings(text):
    def blank(match):
        found = match.group(0)
        lines = "\n" * found.count("\n")
        return lines if found.startswith("/") else '""' + lines
    return STRIP.sub(blank, text)


def table_lines(path):
    for line in path.read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            yield words


class Checker:
    def __init__(self, root, tables):
        self.root = root
        self.rank = {}
        for number, words in enumerate(table_lines(tables / "layers.txt")):
            for word in words:
                self.rank[word] = number
        self.public = dict(table_lines(tables / "public_headers.txt"))
        self.errors = []
        self.compiled = []
        for name, layer in self.public.items():
            if layer not in self.rank and layer != "umbrella":
                self.errors.append(f"public_headers.txt: {name}: no layer `{layer}` in layers.txt")

    def error(self, path, line, text):
        self.errors.append(f"{path.relative_to(self.root)}:{line}: {text}")

    def files(self, *folders):
        for folder in folders:
            for path in sorted((self.root / folder).rglob("*")):
                if path.is_file() and path.suffix in CODE_SUFFIXES:
                    yield path

    def public_headers(self):
        return [p for p in self.files("include") if p.suffix == ".hpp"]

    def layer_of_public(self, name):
        """The layer of `name`, a path below include/aside, or None."""
        if name in self.public:
            return self.public[name]
        folder = name
        while "/" in folder:
            folder = folder.rsplit("/", 1)[0]
            if folder + "/" in self.public:
                return self.public[folder + "/"]
        return None

    def layer_of_file(self, path):
        parts = path.relative_to(self.root).parts
        if parts[0] == "include":
            return self.layer_of_public("/".join(parts[2:]))
        if parts[0] == "src":
            return parts[1] if len(parts) > 2 else None
        return "apps" if parts[0] == "apps" else None

    def layer_of_include(self, path, bracket, name):
        """The layer that an #include reaches; None for what is not ours."""
        if name.startswith("aside/"):
            return self.layer_of_public(name[len("aside/"):])
        if bracket == "<":
            return None
        own = path.relative_to(self.root).parts[0]
        if own == "apps":
            return "apps"
        if "/" in name and (self.root / "src" / name.split("/")[0]).is_dir():
            return name.split("/")[0]
        return self.layer_of_file(path)

    def check_includes(self):
        for path in self.files("include", "src", "apps"):
            layer = self.layer_of_file(path)
            if layer is None or (layer not in self.rank and layer != "umbrella"):
                table = "public_headers.txt" if "include" in path.parts else "layers.txt"
                self.error(path, 1, f"has no layer: add a line to test/layering/{table}")
                continue
            text = path.read_text()
            for match in INCLUDE.finditer(text):
                bracket, name = match.groups()
                line = text.count("\n", 0, match.start()) + 1
                self.check_include(path, layer, line, bracket, name)

    def check_include(self, path, layer, line, bracket, name):
        if "../" in name:
            self.error(path, line, f"{name}: includes start at src/ or include/, not at `..`")
            return
        in_public = path.relative_to(self.root).parts[0] == "include"
        if in_public and bracket == '"':
            self.error(path, line, f'"{name}": a public header includes <aside/…> only')
            return
        if in_public and SYSTEM_HEADERS.match(name):
            self.error(path, line, f"<{name}>: no operating system header in a public header")
        target = self.layer_of_include(path, bracket, name)
        if target is None or layer == "umbrella":
            return
        if target == "umbrella":
            if layer != "apps":
                self.error(path, line, f"<{name}>: the library does not include its own umbrella")
            return
        if target not in self.rank:
            self.error(path, line, f"{name}: unknown layer `{target}`")
        elif target != layer and self.rank[target] >= self.rank[layer]:
            self.error(path, line, f"{layer} may not include {target} ({name}); see layers.txt")

    def check_words(self):
        """Clock, randomness and atomics have one place each."""
        for path in self.files("include", "src"):
            parts = path.relative_to(self.root).parts
            text = without_comments_and_strings(path.read_text())
            own_layer = parts[1] if parts[0] == "src" else ""
            rules = []
            if own_layer not in ("base", "driver"):
                rules.append((CLOCK_OR_RANDOM, "clock and randomness only in src/base, src/driver"))
            if own_layer != "base" and parts[-2:] != ("detail", "atomic.hpp"):
                rules.append((ATOMIC, "atomics only by <aside/detail/atomic.hpp> and src/base"))
            for pattern, why in rules:
                for match in pattern.finditer(text):
                    line = text.count("\n", 0, match.start()) + 1
                    self.error(path, line, f"`{match.group(0).strip()}`: {why}")

    def check_lengths(self):
        for path in self.files(*CODE_FOLDERS):
            lines = path.read_text(errors="replace").count("\n")
            if lines > MAX_LINES:
                self.error(path, lines, f"{lines} lines; at most {MAX_LINES}, one noun a file")

    def compile_alone(self, compiler, path):
        command = [compiler, *FLAGS, "-I", str(self.root / "include"), str(path)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def check_headers(self, compiler, kept, jobs):
        """Returns the headers that it compiled: a header that passed is not compiled again until
        a public header, this file or the compiler has changed."""
        headers = self.public_headers()
        harness = [HERE / "check.py", pathlib.Path(verdicts.__file__)]
        key = verdicts.digest(
            verdicts.digest_of_compiler([compiler]), *FLAGS,
            verdicts.digest_of_files(self.root, headers),
            verdicts.digest_of_files(HERE.parent, harness))
        names = {path: str(path.relative_to(self.root)).replace("/", "+") for path in headers}
        changed = [path for path in headers if not kept.passed(names[path], key)]
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            results = pool.map(lambda path: self.compile_alone(compiler, path), changed)
            for path, result in zip(changed, results):
                before = len(self.errors)
                if result.returncode != 0:
                    reasons = [l for l in result.stderr.splitlines() if "error:" in l]
                    self.error(path, 1, "does not compile alone: " + "; ".join(reasons[:2]))
                elif path == self.root / "include/aside/aside.hpp":
                    self.check_umbrella(path, result.stderr)
                if len(self.errors) == before:
                    kept.keep(names[path], key)
        return changed

    def check_umbrella(self, umbrella, included):
        """`included` is what the compiler printed for -H: each header below the one that names it."""
        trail = []
        for line in included.splitlines():
            match = re.match(r"(\.+) (.*)", line)
            if not match:
                continue
            depth, name = len(match.group(1)), pathlib.PurePath(match.group(2))
            trail[depth - 1:] = [name.name]
            if name.name in NOT_IN_UMBRELLA and "c++" in name.parts:
                self.error(umbrella, 1, f"pulls in <{name.name}> by {' > '.join(trail)}")

    def run(self, compiler=None, folder=None, jobs=2):
        self.check_includes()
        self.check_words()
        self.check_lengths()
        if compiler:
            self.compiled = self.check_headers(compiler, verdicts.Verdicts(folder), jobs)
        return self.errors


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=pathlib.Path, default=HERE.parent.parent)
    parser.add_argument("--tables", type=pathlib.Path, default=HERE)
    parser.add_argument("--compiler", help="also compile every public header alone")
    parser.add_argument("--folder", type=pathlib.Path,
                        help="keep here which headers compile alone; default: nowhere")
    parser.add_argument("--jobs", type=int, default=2, help="compilers at once")
    options = parser.parse_args()
    checker = Checker(options.root.resolve(), options.tables)
    errors = checker.run(options.compiler, options.folder, options.jobs)
    if options.compiler:
        print(f"{len(checker.compiled)} of {len(checker.public_headers())} headers compiled alone, "
              "the others are unchanged")
    print("\n".join(errors) if errors else "layering: nothing points back")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
