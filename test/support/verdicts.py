"""What passed once need not run again while everything that it depends on is as it was.

A folder of verdicts has one file for each thing that passed, which holds a digest of all that the
verdict depends on. Failures leave no file, so they are found again by every run.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import threading


class Verdicts:
    """Without a folder nothing is kept and nothing is known. Safe to use from several threads."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder) if folder else None
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)

    def passed(self, name, key):
        """Did `name` pass with this very digest?"""
        try:
            return bool(self.folder) and (self.folder / name).read_text() == key
        except FileNotFoundError:
            return False

    def keep(self, name, key):
        """`name` has passed. A run that is killed here leaves the old verdict or the new one."""
        if self.folder:
            draft = self.folder / f".{name}.{os.getpid()}.{threading.get_ident()}"
            draft.write_text(key)
            draft.replace(self.folder / name)


def digest(*parts):
    """Of texts and bytes, each with its length, so that no two lists of parts look alike."""
    whole = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        whole.update(b"%d:" % len(data) + data)
    return whole.hexdigest()


def digest_of_files(root, paths):
    """Of the contents of `paths`, and of their names below `root`."""
    parts = []
    for path in sorted(paths):
        parts += [path.relative_to(root), path.read_bytes()]
    return digest(*parts)


def digest_of_compiler(command):
    """Of the command, the program that it finds, its version, and its standard library's."""
    parts = [*command, shutil.which(command[0]) or ""]
    for question in (["--version"], ["-std=c++23", "-dM", "-E", "-x", "c++", "-include", "version",
                                     os.devnull]):
        done = subprocess.run([*command, *question], capture_output=True, text=True, check=False)
        parts += [done.returncode, done.stdout]
    return digest(*parts)
