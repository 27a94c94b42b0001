"""The files that a run leaves: complete ones, whenever it is ended."""

import os


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
        new.unlink(missing_ok=True)
        raise


def regular(path):
    """Not a terminal, a pipe or /dev/null."""
    return path.is_file() or not path.exists()


def partial(path):
    whole = path.resolve()
    return whole.with_name(f".{whole.name}.partial")
