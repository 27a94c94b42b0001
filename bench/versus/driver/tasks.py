"""Works that a program does by itself: `ready`, then `run K`, or `hold N`."""

import time

from . import machine
from .program import Failed, Program

START_SECONDS = 60
UNTOLD_NS = 20_000_000  # beside half of what is told: waking up, writing the answer, a busy host
MOST_ITERATIONS = 1 << 40  # of anything that fills a window
SLOWEST_ITERATION_SECONDS = 60


class Untold:
    """The time between commands and answers that a program has not reported. The longest is left out: a
    host may take a CPU away for long."""

    def __init__(self):
        self.told = self.untold = self.longest = 0

    def add(self, told, took):
        self.told += told
        self.untold += took - told
        self.longest = max(self.longest, took - told)

    def wrong(self):
        """Why the reported times cannot be right, or None."""
        if self.untold - self.longest <= self.told / 2 + UNTOLD_NS:
            return None
        return f"says that it took {self.told / 1e6:.0f} ms in all, where " \
               f"{(self.told + self.untold) / 1e6:.0f} passed between commands and answers"


class TaskStation:
    """A started program that has been warmed up and knows how many iterations fill a window."""

    def __init__(self, entry, work, workers, shape, effort, further=()):
        self.work, self.workers = work, workers
        self.warm = False
        self.program = start(entry, work, workers, shape, further)
        try:
            self.program.expect("ready", START_SECONDS)
            self.warm_up(effort.window_ms * 1e6, min(entry.peer.warm_up_ms, effort.warm_up_ms) * 1e6,
                         effort.slices)
        except BaseException:
            self.program.close()
            raise

    def warm_up(self, window, least, slices):
        """Doubles the iterations until they fill a third of a window; `least` nanoseconds in all. What
        fills a window is then cut into slices, as far as there are iterations for them."""
        self.iterations = self.work.iterations or 1
        spent = 0
        while True:
            nanoseconds = self.run()["ns"]
            spent += nanoseconds
            if self.work.iterations or nanoseconds >= window / 3:
                if spent >= least:
                    break
            else:
                self.iterations = min(self.iterations * 8,
                                      max(self.iterations * 2,
                                          int(self.iterations * window / nanoseconds)))
        if not self.work.iterations:
            self.iterations = max(1, round(self.iterations * window / nanoseconds))
        self.slices = 1 if self.work.iterations else min(slices, self.iterations)
        self.iterations = round(self.iterations / self.slices)
        self.warm = True

    def run(self):
        """The answer to one command."""
        if self.iterations > MOST_ITERATIONS:
            raise Failed(f"answered wrongly: {self.iterations} iterations in next to no time")
        began = time.monotonic_ns()
        answer = self.program.ask_json(f"run {self.iterations}", SLOWEST_ITERATION_SECONDS)
        took = time.monotonic_ns() - began
        wrong = self.work.wrong(answer, self.iterations, self.workers, took)
        if not wrong and answer["ns"] > took:
            wrong = f"says that it took {answer['ns']} ns, and answered after {took}"
        if not wrong:
            if not self.warm:  # what a program does for the first time may be slow
                self.untold = Untold()
            self.untold.add(answer["ns"], took)
            wrong = self.untold.wrong() if self.warm and not self.work.untimed else None
        if wrong:
            raise Failed(f"answered wrongly: {wrong}")
        return answer

    def measure(self):
        answer = self.run()
        value = self.work.value(answer["ns"], self.iterations, self.workers)
        rest = self.without_stalls(answer)
        return value if rest is None else {"value": value, "extra": {"without_stalls": rest}}

    def without_stalls(self, answer):
        """What is left when what the tasks in the background spun is taken away. None where workers
        share CPUs: they spin by the clock, also while another has the CPU."""
        each = self.work.parameters.get("stall_us")
        if each is None or "stalls" not in answer or self.workers > len(machine.cpus()):
            return None
        rest = answer["ns"] - answer["stalls"] * each * 1000 / self.workers
        return self.work.value(rest, self.iterations, self.workers)

    def close(self):
        self.program.leave()


class HoldStation:
    """What each of very many waiting tasks weighs. A program that has held once has memory left
    over, so every figure is of a fresh one. A quick run does not wait until it has let go of them:
    a JVM takes half a minute."""

    def __init__(self, entry, work, workers, shape, effort):
        self.entry, self.work, self.workers, self.shape = entry, work, workers, shape
        self.release = effort.release

    def measure(self):
        count = self.work.parameters["tasks"]
        with start(self.entry, self.work, self.workers, self.shape) as program:
            program.expect("ready", START_SECONDS)
            before = private(program)
            held = program.ask(f"hold {count}", "held", 2 * START_SECONDS)
            if held != str(count):
                raise Failed(f"answered wrongly: held {held} where {count} is right")
            grown = private(program) - before
            if self.release:
                program.ask("release", "released", 2 * START_SECONDS)
                program.leave()
            else:
                program.kill()
        return grown / count

    def close(self):
        pass


def start(entry, work, workers, shape, further=()):
    """On as many CPUs as workers, or all there are. Plain code stands beside them with its one."""
    told = 1 if "workers" in entry.peer.cannot else workers
    arguments = [work.name, f"workers={told}", *work.arguments(), *further]
    if work.program == "tasks":
        arguments.insert(2, f"shape={shape}")
    return Program(entry.command(work.program, arguments), machine.cpus()[:workers],
                   environment=entry.environment, folder=entry.peer.out)


def private(program):
    try:
        return machine.private_bytes(machine.processes(program.pid))
    except OSError as error:
        raise Failed(program.how_it_ended()) from error
