"""Peers made for a test: a folder each, with real programs (fake/*.py) and a real `build`."""

import json
import pathlib
import shutil
import sys

FAKE = pathlib.Path(__file__).resolve().parent / "fake"
HOME = pathlib.Path(__file__).resolve().parents[2]

TOIL = {"work": "toil", "group": "tasks", "program": "tasks", "unit": "us", "count": "parts",
        "parameters": {"parts": 2}, "higher_is_better": False, "tasks": 10, "sum": 45,
        "shapes": ["natural"], "does": "Spins.", "source": "ours"}
WEIGH = {"work": "weigh", "group": "tasks", "program": "tasks", "unit": "bytes", "kind": "hold",
         "parameters": {"tasks": 50000}, "higher_is_better": False, "heavy": True}
ECHO = {"work": "echo", "group": "net", "program": "echo", "unit": "messages/s",
        "parameters": {"connections": 4, "size": 64}, "higher_is_better": True,
        "kind": "throughput"}
ECHO_CPU = {**ECHO, "work": "echo_cpu", "unit": "server/client CPU", "higher_is_better": False,
            "kind": "cpu"}
ECHO_SYSCALLS = {**ECHO_CPU, "work": "echo_syscalls", "unit": "calls/message", "kind": "syscalls"}
LATER = {"work": "tomorrow", "group": "tasks", "program": "tasks", "unit": "us",
         "higher_is_better": False, "later": "not yet"}


class Home:
    """A folder like bench/versus."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.folder, self.out = self.root / "versus", self.root / "out"
        self.folder.mkdir()

    def add(self, name, *tasks, echo=(), build="exit 0", works=("toil", "weigh"), **description):
        """A peer whose programs get these arguments before the driver's."""
        folder = self.folder / name
        folder.mkdir()
        programs = {"tasks": [sys.executable, str(FAKE / "tasks.py"), *tasks],
                    "echo": [sys.executable, str(FAKE / "echo.py"), *echo]}
        described = {"about": name, "version": [sys.executable, "--version"], "programs": programs,
                     "works": works, "cannot": {}, **description}
        (folder / "peer.json").write_text(json.dumps(described))
        self.script(folder / "build", build)
        return self

    def client(self):
        """The real load generator."""
        shutil.copytree(HOME / "client", self.folder / "client")
        return self

    @staticmethod
    def script(path, text):
        path.write_text(f"#!/usr/bin/env bash\n{text}\n")
        path.chmod(0o755)

    def works(self, *descriptions):
        path = self.root / "works.json"
        path.write_text(json.dumps(descriptions))
        return str(path)
