"""What a user's compiler makes of an echo server: how long it takes, how large it gets."""

import os
import subprocess
import time

from .program import Failed, run

SLOWEST_BUILD_SECONDS = 300


class BuildStation:
    """Runs the peer's `echo_build`: from scratch, without a cache, on all CPUs."""

    def __init__(self, entry):
        self.entry = entry
        self.program = None

    def seconds(self):
        command = self.entry.command("echo_build", [str(self.entry.peer.out.resolve())])
        begin = time.monotonic()
        try:
            done = run(command, SLOWEST_BUILD_SECONDS, cwd=self.entry.peer.out,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
        except OSError as error:
            raise Failed(f"echo_build does not start: {error.strerror}") from error
        except subprocess.TimeoutExpired as error:
            raise Failed(f"echo_build hangs: not done in {SLOWEST_BUILD_SECONDS} s") from error
        elapsed = time.monotonic() - begin
        lines = (done.stderr if done.returncode else done.stdout).strip().splitlines() or [""]
        if done.returncode:
            raise Failed(f"echo_build ended with code {done.returncode}: {lines[-1][:200]}")
        self.program = os.path.join(self.entry.peer.out, lines[-1])
        if not os.access(self.program, os.X_OK) or not os.path.isfile(self.program):
            raise Failed(f"echo_build says that it built “{lines[-1][:80]}”, which is no program")
        return elapsed

    def size(self):
        if not self.program:
            self.seconds()
        return os.path.getsize(self.program)

    def close(self):
        pass
