"""Where and of what a figure was made: printed as the header, and part of every row."""

import datetime
import os
import pathlib
import platform
import re
import shlex
import subprocess

from . import machine


def first_line(*command, folder=None):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False,
                              cwd=folder)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout.strip().splitlines() or [""])[0] if done.returncode == 0 else ""


def commit(root):
    name = first_line("git", "rev-parse", "--short=12", "HEAD", folder=root)
    if not name:
        return "unknown"
    changed = first_line("git", "status", "--porcelain", "--untracked-files=no", folder=root)
    return f"{name} with changes" if changed else name


def cpu_model():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    found = re.search(r"^(?:model name|Model|Hardware)\s*:\s*(.*)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def governor():
    path = pathlib.Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    return path.read_text().strip() if path.exists() else "not visible"


def compiler():
    """That of the peers in C++: peer.choose_compilers has set CXX where nobody else had."""
    return first_line(*shlex.split(os.environ.get("CXX") or "c++"), "--version") or "unknown"


def about(root, peers, effort, seed):
    return {
        "machine": {
            "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
            "commit": commit(root),
            "cpu": cpu_model(),
            "cpus": len(machine.cpus()),
            "kernel": platform.release(),
            "governor": governor(),
            "compiler": compiler(),
            "effort": effort,
            "seed": seed,
        },
        "versions": {each.name: each.version for each in peers if each.built},
    }


def lines(header):
    """For people."""
    told = header["machine"]
    yield f"{told['date']}, commit {told['commit']}, {told['effort']} run, seed {told['seed']}"
    yield f"{told['cpus']} × {told['cpu']}, kernel {told['kernel']}, governor {told['governor']}"
    yield f"compiler: {told['compiler']}"
    for name, version in header["versions"].items():
        yield f"{name}: {version or 'tells no version'}"
