#!/usr/bin/env python3
"""Runs `aside ask` on real programs whose verdict is known and prints who was taken for whom.

    test/ask/confusion.py --aside build/release/aside [--runs 3] [--modes exact,sampled] [name...]

The programs are those of programs.py, or with --set fresh those of programs_fresh.py, which --half cuts in two
by a hash of their names, or with --set third, fourth and so on those of programs_third.py and so on. A label
of one word is right for every verdict that begins with it. With --keep FOLDER each run's report is kept there,
with the rule and its numbers.
With --user NAME the programs and `aside ask` run as that user (only root can do that); whoever calls this
builds the programs, with compilers that the user need not have.
Exit code 1 when fewer than --at-least of the runs were right, 77 when --user is not possible.
"""

import argparse
import collections
import hashlib
import json
import os
import pathlib
import pwd
import re
import shutil
import shlex
import signal
import subprocess
import sys
import tempfile

import programs
import programs_eighth
import programs_fifth
import programs_fourth
import programs_fresh
import programs_ninth
import programs_seventh
import programs_sixth
import programs_third
import quota

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE / "fixtures"
# Of languages that are seldom installed for everybody.
BUILD_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/go/bin",
                              os.path.expanduser("~/.cargo/bin")])
USER_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
COMPILERS = {"rustc", "go", "javac"}
SETS = {"first": programs.ALL, "fresh": programs_fresh.FRESH, "third": programs_third.THIRD,
        "fourth": programs_fourth.FOURTH, "fifth": programs_fifth.FIFTH, "sixth": programs_sixth.SIXTH,
        "seventh": programs_seventh.SEVENTH, "eighth": programs_eighth.EIGHTH, "ninth": programs_ninth.NINTH,
        "all": programs.ALL + programs_fresh.FRESH + programs_third.THIRD + programs_fifth.FIFTH}


def half_of(name):
    """Which half of the fresh programs this one belongs to."""
    return "blind" if hashlib.sha256(name.encode()).digest()[0] % 2 else "open"


def fits(code, label):
    return label in (code, code.split(".")[0])


def rights_of(user):
    """How subprocess runs something as that user, with what it would find after logging in."""
    if not user:
        return {}
    own = dict(os.environ, PATH=USER_PATH, HOME=user.pw_dir, USER=user.pw_name, LOGNAME=user.pw_name)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "env": own}


def build(command):
    subprocess.run(command, check=True, env=dict(os.environ, PATH=BUILD_PATH))


def may_execute(file, rights):
    return subprocess.run(["test", "-x", file], **rights).returncode == 0


class Words(dict):
    """What commands may name; a fixture is built when it is named first."""

    def __init__(self, folder, known):
        super().__init__(known)
        self.folder = folder

    def __missing__(self, name):
        if name == "java":
            self[name] = self.folder / name
            build(["javac", "-d", self[name], *FIXTURES.glob("*.java")])
            return self[name]
        for suffix, compiler in self["compilers"].items():
            source = FIXTURES / (name + suffix)
            if source.exists():
                self[name] = self.folder / name
                build([*compiler, "-o", self[name], source])
                return self[name]
        raise KeyError(name)


class Workshop:
    """Has all that a program needs ready in a folder of its own."""

    def __init__(self, folder, user=None):
        self.folder = pathlib.Path(folder)
        self.user = pwd.getpwnam(user) if user else None
        self.rights = rights_of(self.user)
        if self.user:
            self.folder.chmod(0o755)
        # This one's own may lie where only its user may look.
        python = sys.executable if may_execute(sys.executable, self.rights) else "python3"
        c, cxx = os.environ.get("CC", "cc"), os.environ.get("CXX", "c++")
        compilers = {".c": [c, "-std=gnu11", "-O2", "-pthread"], ".cpp": [cxx, "-std=c++20", "-O2", "-pthread"],
                     ".rs": ["rustc", "-O"], ".go": ["go", "build"]}
        self.words = Words(self.folder, {"cxx": cxx, "fixtures": FIXTURES, "python": python,
                                         "tree": HERE.parent.parent / "src", "compilers": compilers})
        self.words["file"] = self.folder / "file"
        subprocess.run([self.words["disk"], "make", self.words["file"], "0"], check=True)
        self.words["text"] = self.folder / "text"
        with open(self.words["text"], "w") as text:
            for number in range(600_000):
                text.write(f"{number * 2654435761 % 2**32:08x} line {number}\n")
        self.give(self.words["file"])

    def start(self, line, **how):
        return subprocess.Popen(shlex.split(line), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True, **self.rights, **how)

    def give(self, path):
        """What is made here belongs to whoever runs the programs."""
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def lend(self, program):
        """The command, where that user may start it."""
        if not self.user:
            return os.path.abspath(program)
        return shutil.copy(program, self.folder / "aside")


def may_run(program, rights):
    """Are its tools here: compilers of its source for whoever builds it, and all else for whoever runs it?"""
    path = rights["env"]["PATH"] if rights else None
    for tool in program.needs:
        runs = tool not in COMPILERS or re.search(rf"(?<![\w/{{]){tool}\b", program.run)
        found = shutil.which(tool, path=path if runs else BUILD_PATH)
        if not found or (runs and not may_execute(found, rights)):
            return False
    return True


def first_number(stream):
    """The port in the first line that names one."""
    for line in stream:
        for word in line.replace("(", " ").replace("/", " ").replace(":", " ").split():
            if word.isdigit() and int(word) > 1000:
                return int(word)
    raise RuntimeError("no port was named")


def judge(aside, program, shop, mode, extra=()):
    """Runs `program` once under ask and returns the result, with the report."""
    helpers = []
    with tempfile.TemporaryDirectory(dir=shop.folder) as folder:
        shop.give(folder)
        words = shop.words
        words["folder"] = folder
        result = os.path.join(folder, "result.json")
        flags = ["--json", result, *(["--sampled"] if mode == "sampled" else []), *extra]
        try:
            if program.server is not None:
                helpers.append(shop.start(f"{words['network']} serve 0 {program.server}"))
                words["port"] = first_number(helpers[-1].stdout)
            if program.before == "fifo":
                os.mkfifo(os.path.join(folder, "fifo"))
                shop.give(os.path.join(folder, "fifo"))
            if program.before == "hold":
                helpers.append(shop.start(f"{words['threads']} hold 0.7 1 {folder}/lock"))
                helpers[-1].stdout.readline()
            words["quota"] = quota.make(program.before)
            run_beside = (program.before or "").startswith("run ")
            if run_beside and not program.attach:
                helpers.append(shop.start(program.before.removeprefix("run ").format_map(words)))
                words["port"] = first_number(helpers[-1].stdout)
            command = program.run.format_map(words)
            if program.attach:
                helpers.append(shop.start(command, start_new_session=True))
                words["port"] = port = first_number(helpers[-1].stdout)
                target = helpers[-1].pid
                if run_beside:
                    line = program.before.removeprefix("run ").format_map(words)
                elif program.before:
                    mode_of, number = program.before.split()
                    line = f"{words['network']} {mode_of} {port} {number}"
                if program.before:
                    helpers.append(shop.start(line))
                    helpers[-1].stdout.readline()
                line = [aside, "ask", *flags, "--pid", str(target), "--for", "700ms"]
            else:
                line = [aside, "ask", *flags, "--", *shlex.split(command)]
            done = subprocess.run(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True, timeout=60, **shop.rights)
            if not os.path.exists(result):
                raise RuntimeError(f"{program.name}: no result: {done.stderr}")
            with open(result) as file:
                return json.load(file) | {"report": done.stderr}
        finally:
            for helper in reversed(helpers):
                helper.send_signal(signal.SIGKILL)
                helper.communicate()
            quota.remove(words.get("quota"))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--aside", required=True)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--modes", default="exact,sampled")
    options.add_argument("--long", action="store_true", help="programs in other languages, too")
    options.add_argument("--set", choices=SETS, default="first")
    options.add_argument("--half", choices=["open", "blind"], help="only this half, by a hash of the name")
    options.add_argument("--user", help="run everything as this user")
    options.add_argument("--at-least", type=float, default=0.0)
    options.add_argument("--keep", type=pathlib.Path, metavar="FOLDER", help="keep each run's report there")
    options.add_argument("names", nargs="*")
    asked = options.parse_args()
    if asked.user and os.geteuid() != 0:
        print("only root can run the programs as another user")
        sys.exit(77)
    user = pwd.getpwnam(asked.user) if asked.user else None
    rights = rights_of(user)
    wanted = [each for each in SETS[asked.set]
              if (not asked.names or each.name in asked.names) and (asked.long or not each.long)
              and (not asked.half or half_of(each.name) == asked.half)]
    chosen = [each for each in wanted if may_run(each, rights) and quota.possible(each.before, rights)]
    for each in wanted:
        if each not in chosen:
            print(f"{each.name}: not run, its tools are not here")
    right = collections.Counter()
    near = collections.Counter()
    runs = collections.Counter()
    starved = collections.Counter()
    confused = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        shop = Workshop(folder, asked.user)
        aside = shop.lend(asked.aside)
        for program in chosen:
            for mode in asked.modes.split(","):
                for run in range(asked.runs):
                    result = judge(aside, program, shop, mode, ["--why"] if asked.keep else ())
                    if asked.keep:
                        asked.keep.mkdir(parents=True, exist_ok=True)
                        (asked.keep / f"{program.name}.{mode}.{run}").write_text(result["report"])
                    verdict = result["verdict"]
                    code = verdict["code"]
                    crowded = code == "queued.others" and result["machine"]["idle_cores"] < 0.1
                    as_labelled = fits(code, program.label)
                    defensible = not as_labelled and any(fits(code, each) for each in program.also)
                    if crowded and not as_labelled:
                        starved[mode] += 1  # true of this run, and it says nothing of the program
                        continue
                    runs[mode] += 1
                    right[mode] += as_labelled
                    near[mode] += defensible
                    if not as_labelled:
                        confused[program.label, code, mode] += 1
                    if not as_labelled and not defensible:
                        print(f"{program.name} [{mode}]: {code} instead of {program.label} "
                              f"({verdict['confidence']}, else {verdict['runner_up'] or '-'}): "
                              f"{verdict['words']} busy {result['shares']['cpu']:.2f}, "
                              f"{result['concurrency']['running']:.2f} running, "
                              f"{result['concurrency']['queued']:.2f} queued, "
                              f"{result['machine']['idle_cores']:.2f} cores idle", flush=True)
    print(f"\n{'label':22} {'verdict':22} {'mode':8} runs")
    for (label, code, mode), count in sorted(confused.items()):
        print(f"{label:22} {code:22} {mode:8} {count}")
    worst = 1.0
    for mode in runs:
        share = (right[mode] + near[mode]) / runs[mode]
        worst = min(worst, share)
        print(f"{mode}: {runs[mode]} runs of {len(chosen)} programs, {right[mode]} as labelled, "
              f"{near[mode]} defensible, {runs[mode] - right[mode] - near[mode]} wrong: {share:.1%}")
        if starved[mode]:
            print(f"{mode}: {starved[mode]} more runs got less than a third of the processor time that "
                  "they wanted, because other programs had it, and are not counted")
    sys.exit(0 if worst >= asked.at_least else 1)


if __name__ == "__main__":
    main()
