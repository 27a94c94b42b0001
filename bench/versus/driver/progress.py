"""What happens now, on stderr: one line that changes on a terminal, a line a job elsewhere."""

import shutil
import time


class Progress:
    def __init__(self, stream, total):
        self.stream, self.total = stream, total
        self.terminal = stream.isatty()
        self.number = 0
        self.job = ""

    def begin(self, job):
        self.number += 1
        self.job, self.started = job, time.monotonic()

    def say(self, text):
        if self.terminal:
            width = shutil.get_terminal_size().columns - 1
            line = f"[{self.number}/{self.total}] {self.job}: {text}"[:width]
            self.stream.write(f"\r\x1b[K{line}")
            self.stream.flush()

    def end(self, text):
        if self.terminal:
            self.stream.write("\r\x1b[K")
        seconds = time.monotonic() - self.started
        self.stream.write(f"[{self.number}/{self.total}] {self.job}: {text}, {seconds:.1f} s\n")
        self.stream.flush()
