"""One run at a time, that a signal ends without losing what it has measured."""

import contextlib
import fcntl
import os
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """By a signal. No Exception, so that nobody takes it for a fault of what is measured."""

    def __init__(self, by):
        super().__init__(by)
        self.by = signal.Signals(by)


@contextlib.contextmanager
def by_signal():
    """Within it the first of SIGNALS raises Ended in the main thread, the second ends the process."""
    def end(number, _):
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        raise Ended(number)

    before = {each: signal.signal(each, end) for each in SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextlib.contextmanager
def alone(out):
    """Holds the folder of the peers. Gives None, or the reason why it cannot be had."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = os.open(out / ".in_use", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as failure:
        yield f"cannot use {failure.filename}: {failure.strerror}; did another user build here?"
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        reason = None
    except BlockingIOError:
        holder = os.pread(lock, 20, 0).decode()
        reason = f"process {holder or '?'} builds or measures in {out} now; one at a time"
    try:
        yield reason
    finally:
        os.close(lock)
