"""A program of a peer that stays alive and answers lines with lines."""

import contextlib
import json
import os
import select
import signal
import subprocess
import tempfile
import time

from . import machine


LEAVE_SECONDS = 5
NOT_ITS_FAULT = "the load generator failed: "  # so begin the reasons that are none of the peer's


class Failed(Exception):
    """A peer did not do what it should; the text is what a person reads as the reason."""


def run(command, seconds=None, **options):
    """subprocess.run of a command that starts others: none of them outlives its end before the time,
    which is a signal to the driver or `seconds`."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True,
                          **options) as process:
        try:
            out, err = process.communicate(timeout=seconds)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


class Program:
    """Started in a session of its own, so that all its processes are found and ended together."""

    def __init__(self, command, cpus, batch=False, environment=None, folder=None):
        self.name = os.path.basename(command[0])
        self.errors = tempfile.TemporaryFile()
        self.pending = b""

        def place():
            try:
                machine.place(0, cpus, batch)
            except OSError as error:
                where = f"CPUs {cpus}" + (" under SCHED_BATCH" if batch else "")
                os.write(2, f"not allowed on {where}: {error.strerror}\n".encode())
                raise

        try:
            # The programs run no threads of ours, and the driver has one: preexec_fn is safe.
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
                cwd=folder, env={**os.environ, **(environment or {})}, start_new_session=True,
                preexec_fn=place)
        except OSError as error:
            self.errors.close()
            raise Failed(f"{self.name} does not start: {error.strerror}") from error
        except subprocess.SubprocessError as error:
            reason = Failed(f"{self.name} does not start{self.last_words()}")
            self.errors.close()
            raise reason from error
        self.pid = self.process.pid

    def read(self, seconds):
        """The next line."""
        end = time.monotonic() + seconds
        while b"\n" not in self.pending:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise Failed(f"{self.name} hangs: no answer within {seconds:g} s{self.last_words()}")
            chunk = os.read(self.process.stdout.fileno(), 1 << 16)
            if not chunk:
                raise Failed(self.how_it_ended())
            self.pending += chunk
        line, self.pending = self.pending.split(b"\n", 1)
        return line.decode(errors="replace").strip()

    def send(self, line):
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except OSError as error:
            raise Failed(self.how_it_ended()) from error

    def expect(self, word, seconds):
        """The next line begins with `word`; what follows it."""
        line = self.read(seconds)
        head, _, rest = line.partition(" ")
        if head != word:
            raise Failed(f"{self.name} said “{line[:80]}” instead of “{word}”")
        return rest

    def ask(self, line, word, seconds):
        self.send(line)
        return self.expect(word, seconds)

    def ask_json(self, line, seconds):
        self.send(line)
        answer = self.read(seconds)
        try:
            parsed = json.loads(answer)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict):
            raise Failed(f"{self.name} said “{answer[:80]}” instead of a JSON object")
        return parsed

    def how_it_ended(self):
        if not self.wait(2):
            return f"{self.name} closed its output{self.last_words()}"
        code = self.process.returncode
        how = f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return f"{self.name} {how}{self.last_words()}"

    def said(self):
        """Its last lines on stderr."""
        size = self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(0, size - 2000))
        return self.errors.read().decode(errors="replace").strip().splitlines()

    def last_words(self):
        """The last of them, as an appendix to a reason."""
        lines = self.said()
        return f": {lines[-1].strip()[:200]}" if lines else ""

    def wait(self, seconds):
        """Has it ended, within so long? Popen.wait would look every 50 ms: a run has thousands."""
        if self.process.poll() is None:
            ended = os.pidfd_open(self.pid)
            select.select([ended], [], [], seconds)
            os.close(ended)
        return self.process.poll() is not None

    def end(self):
        """Asks it to end, by the end of its input."""
        try:
            self.process.stdin.close()
        except OSError:
            pass

    def kill(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def leave(self):
        """As `close`, and Failed where it did leave, but not with code 0."""
        self.end()
        try:
            if self.wait(LEAVE_SECONDS) and self.process.returncode != 0:
                raise Failed(f"at the end of its input {self.how_it_ended()}")
        finally:
            self.close()

    def close(self):
        """Ends it, and by force where asking is not enough."""
        if self.process.stdout.closed:
            return
        self.end()
        self.wait(LEAVE_SECONDS)
        self.kill()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
