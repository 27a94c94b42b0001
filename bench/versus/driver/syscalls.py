"""System calls of some processes, counted by the kernel's tracepoint through perf."""

import os
import select
import signal
import subprocess

from .program import Failed

ANSWER_SECONDS = 30
EVENT = "raw_syscalls:sys_enter"


def why_not():
    """Why perf cannot count here, or None."""
    try:
        done = subprocess.run(["perf", "stat", "-x", ";", "-e", EVENT, "true"],
                              capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False)
    except FileNotFoundError:
        return "perf is missing (scripts/setup bench installs it)"
    except subprocess.TimeoutExpired:
        return "perf hangs"
    except OSError as error:
        return f"perf does not start: {error.strerror}"
    fields = done.stderr.strip().split(";")
    if done.returncode == 0 and fields[0].isdigit():
        return None
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return f"perf cannot count {EVENT}: {lines[0].strip() if lines else done.returncode}"


class Counter:
    """Attached to the processes before the window begins, so that attaching is no part of it."""

    def __init__(self, pids):
        control, self.control = os.pipe()
        self.acknowledged, acknowledge = os.pipe()
        try:
            self.perf = subprocess.Popen(
                ["perf", "stat", "-x", ";", "-e", EVENT, "-D", "-1",
                 "--control", f"fd:{control},{acknowledge}", "-p", ",".join(map(str, pids))],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                text=True, pass_fds=(control, acknowledge))
        except OSError as error:
            os.close(self.control)
            os.close(self.acknowledged)
            raise Failed(f"perf does not start: {error.strerror}") from error
        finally:
            os.close(control)
            os.close(acknowledge)

    def start(self):
        self.order("enable")

    def stop(self):
        """How many there were since `start`."""
        self.order("disable")
        self.perf.send_signal(signal.SIGINT)
        try:
            _, text = self.perf.communicate(timeout=ANSWER_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise Failed(f"perf hangs: has not ended {ANSWER_SECONDS} s after it was asked to") from error
        for line in text.splitlines():
            fields = line.split(";")
            if EVENT in line and fields[0].isdigit():
                return int(fields[0])
        raise Failed(f"perf counted nothing: {text.strip()[:200]}")

    def order(self, word):
        try:
            os.write(self.control, f"{word}\n".encode())
        except OSError:
            pass  # perf has ended: the missing answer says so
        if not (select.select([self.acknowledged], [], [], 60)[0]
                and os.read(self.acknowledged, 16).startswith(b"ack")):
            self.perf.kill()
            raise Failed(f"perf does not answer: {self.perf.communicate()[1].strip()[:200]}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.control)
        os.close(self.acknowledged)
        if self.perf.poll() is None:
            self.perf.kill()
            self.perf.wait()
        self.perf.stderr.close()
