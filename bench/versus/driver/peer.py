"""The folders of peers: what each can do, how it is built, in which engines it runs."""

import fnmatch
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
from dataclasses import dataclass

from .program import run

US = "aside"
# In the order in which they are printed.
NAMES = (US, "tokio", "tokio_mimalloc", "hyper", "go", "asio", "java", "nginx", "threads",
         "floor_epoll", "floor_uring", "floor_coroutine", "onetbb", "plain")
CLIENT = "client"
NO_PROGRAM, NO_WORK = "no program for it", "its program does not have this work"
LEFT_OUT = "left out by --peers"
# Where the usual installers put what a shell may not have on its PATH.
TOOLS = ("~/.cargo/bin", "~/go/bin", "/usr/local/go/bin", "/usr/lib/go/bin")


@dataclass(frozen=True)
class Contestant:
    """A peer in one of its engines: what has a lane of its own in a round."""
    peer: "Peer"
    engine: str | None = None

    @property
    def name(self):
        return self.peer.name if self.engine is None else f"{self.peer.name}@{self.engine}"

    @property
    def environment(self):
        return self.peer.engines.get(self.engine, {}) if self.engine else {}

    def command(self, program, arguments):
        first, *rest = self.peer.programs[program]
        if (self.peer.out / first).exists():
            first = str((self.peer.out / first).resolve())
        return [first, *rest, *arguments]


class Peer:
    def __init__(self, name, source, out):
        self.name, self.source, self.out = name, pathlib.Path(source), pathlib.Path(out)
        self.missing = None  # why it cannot take part at all
        self.version, self.built = "", False
        self.programs, self.works, self.cannot, self.engines = {}, (), {}, {}
        self.version_command, self.warm_up_ms, self.made_of = [], 0, ()
        try:
            description = json.loads((self.source / "peer.json").read_text())
        except FileNotFoundError:
            self.missing = f"bench/versus/{name} is not there yet"
            return
        except ValueError as error:
            self.missing = f"peer.json is not JSON: {error}"
            return
        self.programs = description["programs"]
        self.works = tuple(description.get("works", ()))
        self.cannot = description.get("cannot", {})
        self.engines = description.get("engines", {})
        self.warm_up_ms = description.get("warm_up_ms", 0)
        self.version_command = description.get("version", [])
        self.made_of = tuple(self.source.parent / name for name in description.get("made_of", ()))

    def why_not(self, work, engine=None, workers=1, shape="natural"):
        """Why this peer has no figure for this work, or None."""
        if self.missing:
            return self.missing
        if work.later:
            return f"later: {work.later}"
        cases = {work.name, f"{work.name}_{shape}", f"{work.name}@{engine}", shape,
                 work.name.removesuffix("_cpu").removesuffix("_syscalls")}
        if workers and workers > 1 and work.group != "when_not":
            cases.add("workers")
        for pattern, reason in self.cannot.items():
            if fnmatch.filter(cases, pattern):
                return reason
        if work.kind == "build":
            return None if "echo_build" in self.programs else NO_PROGRAM
        if work.program not in self.programs:
            return NO_PROGRAM
        if work.kind in ("run", "hold") and work.name not in self.works:
            return NO_WORK
        return None

    def build(self, also=()):
        """Builds what changed. `also`: further paths that its programs are made of."""
        if self.missing:
            return
        stamp = self.out / ".built"
        key = digest([self.source, *self.made_of, *also])
        if not (stamp.exists() and stamp.read_text() == key):
            self.out.mkdir(parents=True, exist_ok=True)
            stamp.unlink(missing_ok=True)
            self.missing = run_build(self.source / "build", self.out)
            if self.missing:
                self.missing = self.missing.removeprefix(f"{self.name}: ")
                return
            stamp.write_text(key)
        self.built = True
        self.version = self.ask_version()

    def ask_version(self):
        if not self.version_command:
            return ""
        first, *rest = self.version_command
        if (self.out / first).exists():
            first = str((self.out / first).resolve())
        try:
            done = subprocess.run([first, *rest], capture_output=True, text=True, errors="replace",
                                  timeout=30, check=False, cwd=self.out)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"unknown ({error})"
        lines = (done.stdout + done.stderr).strip().splitlines()
        return lines[0].strip() if lines else "unknown"


def run_build(script, out):
    """Runs `build OUT`; the reason when it fails. Everything it says is in OUT/build.log."""
    log = out / "build.log"
    try:
        log.write_bytes(b"")
        with log.open("ab") as file:  # a build that writes there as well overwrites nothing
            done = run([str(script.resolve()), str(out.resolve())], cwd=script.parent,
                       stdout=file, stderr=file)
    except OSError as error:
        return f"its build does not start: {error.strerror}"
    if done.returncode == 0:
        return None
    lines = log.read_text(errors="replace").strip().splitlines()
    return (lines[-1].strip() if lines else f"its build ended with code {done.returncode}")[:200]


def add_tools_to_path():
    known = os.environ.get("PATH", "").split(os.pathsep)
    for folder in (os.path.expanduser(each) for each in TOOLS):
        if folder not in known and os.path.isdir(folder):
            known.append(folder)
    os.environ["PATH"] = os.pathsep.join(known)


def choose_compilers():
    """One compiler for all peers in C and C++, ours among them: the reference, unless CC and CXX say
    otherwise."""
    for variable, names in (("CC", ("clang-22", "clang-19", "cc", "gcc-12")),
                            ("CXX", ("clang++-22", "clang++-19", "c++", "g++-12"))):
        found = next((name for name in names if shutil.which(name)), None)
        if found:
            os.environ.setdefault(variable, found)


def digest(paths):
    """Of the names and contents of all files below these paths, and of the compilers' paths."""
    whole = hashlib.sha256()
    for tool in ("cargo", "go", "javac", os.environ.get("CC", "cc"), os.environ.get("CXX", "c++")):
        whole.update(f"{tool} {shutil.which(tool)}\n".encode())
    for path in paths:
        path = pathlib.Path(path)
        files = [path] if path.is_file() else sorted(
            each for each in path.rglob("*")
            if each.is_file() and "target" not in each.relative_to(path).parts)
        for file in files:
            data = file.read_bytes()
            whole.update(f"{file.relative_to(path.parent)} {len(data)}\n".encode() + data)
    return whole.hexdigest()


def contestants(peers, engines):
    """Us in each of the engines; others in each they have of these, or in their first."""
    result = []
    for peer in peers:
        if not peer.engines:
            result.append(Contestant(peer))
            continue
        chosen = [engine for engine in engines if engine in peer.engines]
        result += [Contestant(peer, engine) for engine in chosen or list(peer.engines)[:1]]
    return result


def counterpart(entries, name, engine):
    """The contestant of this peer that belongs beside us in this engine."""
    mine = [entry for entry in entries if entry.peer.name == name]
    return next((entry for entry in mine if entry.engine == engine), mine[0] if mine else None)
