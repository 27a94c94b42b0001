"""The files that a run leaves: complete ones, whenever it is ended."""

import contextlib
import os
import sys


class Files:
    """Written again and again while a run goes on. One that cannot be written costs no figures: what is
    wrong is said once, and the next time it is tried again."""

    def __init__(self):
        self.told, self.lost = set(), set()

    def write(self, path, text):
        try:
            write(path, text)
            self.lost.discard(path)
        except OSError as failure:
            self.lost.add(path)
            if path not in self.told:
                self.told.add(path)
                print(f"versus: cannot write {path}: {failure.strerror}; the run goes on without it",
                      file=sys.stderr)


def printed(write):
    """Has stdout taken all that `write(stream)` wrote? If not, why is said in one line."""
    try:
        write(sys.stdout)
        sys.stdout.flush()
        return True
    except OSError as failure:
        print(f"versus: cannot write to stdout: {failure.strerror}", file=sys.stderr)
        # What is left in its buffer would fail once more at the end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        return False


def unwritable(paths):
    """What would be found out after hours: which of the files cannot be written, and why."""
    for path in paths:
        new = partial(path) if regular(path) else path
        try:
            with new.open("a"):
                pass
            if regular(path):
                new.unlink()
        except OSError as failure:
            return f"cannot write {path}: {failure.strerror}"
        if path.is_dir():
            return f"cannot write {path}: it is a folder"
    return None


def write(path, text):
    """At once, so that nobody finds half of it, nor nothing in the place of what was there."""
    if not regular(path):
        path.write_text(text)
        return
    new = partial(path)
    try:
        new.write_text(text)
        os.replace(new, path.resolve())
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


def regular(path):
    """Not a terminal, a pipe or /dev/null."""
    return os.path.isfile(path) or not os.path.exists(path)  # these raise nothing


def partial(path):
    whole = path.resolve()
    return whole.with_name(f".{whole.name}.partial")
