"""Control groups whose processes get only a part of a core, for programs with `before="quota PERCENT"`.

Only root makes one, and only root's processes enter it.
"""

import contextlib
import os
import pathlib

ROOT = pathlib.Path("/sys/fs/cgroup")
PERIOD = 100_000  # microseconds


def parents():
    """Where this process is, and a group of its own may be: in the older kind of groups and the newer one."""
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if "cpu" in controllers.split(","):
            yield ROOT / "cpu" / path.lstrip("/"), "cpu.cfs_quota_us", "{}"
        elif not controllers:
            yield ROOT / path.lstrip("/"), "cpu.max", "{} " + str(PERIOD)


def made(percent):
    for parent, limit, words in parents():
        folder = parent / f"aside_ask_{os.getpid()}"
        with contextlib.suppress(OSError):
            folder.mkdir()
            try:
                (folder / limit).write_text(words.format(PERIOD * percent // 100))
                return folder / "cgroup.procs"
            except OSError:
                folder.rmdir()
    return None


def make(before):
    """The file into which a process writes its number to be in the group, where there is to be one."""
    return made(int(before.split()[1])) if (before or "").startswith("quota ") else None


def remove(group):
    if group:
        group.parent.rmdir()


def possible(before, rights):
    """May a program with these words in `before` run as this user?"""
    if not (before or "").startswith("quota "):
        return True
    group = None if rights or os.geteuid() != 0 else make(before)
    remove(group)
    return group is not None
