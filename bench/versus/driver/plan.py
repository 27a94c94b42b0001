"""Turns works into jobs: what is started once and measured together."""

import dataclasses
from dataclasses import dataclass

from . import builds, files, peer, servers, tasks
from .rounds import Phase


@dataclass(frozen=True)
class Effort:
    workers: tuple
    ordinary: tuple   # (sessions, rounds in each)
    apart: tuple      # server and client on two CPUs: what the host does is most of the noise
    heavy: tuple      # for works whose single figure takes a second or more
    counted: int      # rounds, once, of system calls
    window_ms: int
    slices: int      # of a window in which tasks run
    many_ms: int     # windows of processor time with many connections
    long_ms: int     # windows of LONG_WINDOWS
    count_ms: int    # windows in which system calls are counted: a few messages tell
    warm_up_ms: int  # at most, of what a peer asks for
    release: bool    # what was held for its weight
    most_idle: int   # connections
    again: int       # rounds of a job in which the host took too much
    heavy_again: int  # the same of heavy works
    narrow: float = 1.09  # upper limit / lower limit that pinned works of one worker should reach:
                          # the printed interval is drawn anew, and should still be within 1.10

    def window(self, kind, connections=0):
        """How long, in milliseconds."""
        if kind == "syscalls":
            return self.count_ms
        if kind in LONG_WINDOWS:
            return self.long_ms
        many = kind == "cpu" and connections >= SOME_CONNECTIONS
        return self.many_ms if many else self.window_ms


QUICK = Effort((2,), (2, 2), (1, 3), (1, 3), 3, 80, 6, 120, 450, 30, 350, False,
               5_000, 1, 0)
FULL = Effort((1, 2, 4), (4, 3), (4, 3), (3, 2), 6, 200, 16, 400, 2000, 50, 3000, True, 19_000,
              12, 12)
MANY_CONNECTIONS = 10_000  # they take longer to open than a window lasts
SOME_CONNECTIONS = 1_000   # a window has only so many batches of them, so it is longer
ONE_CPU = ("cpu", "syscalls")
LITTLE_TO_DO = ("idle_cpu", "rate_cpu")
LONG_WINDOWS = ("open_loop", "rate_cpu", "idle_cpu")  # 99.9 % needs thousands of answers


@dataclass(frozen=True)
class Job:
    title: str
    phases: tuple
    workers: int | None
    shape: str
    sessions: int
    entries: tuple
    open: object
    by_engine: bool = True
    steady: bool = False  # one worker, pinned: worth further sessions until the ratios are narrow
    again: int = 0        # rounds, at most, in which the host took too much


class Planner:
    """`entries` are all contestants; `folder` is where files for the works may lie."""

    def __init__(self, effort, peers, engines, folder, client, no_syscalls):
        self.effort, self.engines, self.folder = effort, engines, folder
        self.entries = peer.contestants(peers, engines)
        self.engineless = [peer.Contestant(each) for each in peers]
        self.client, self.no_syscalls = client, no_syscalls

    def jobs(self, works, names=()):
        """In the order of the works."""
        done = set()
        for work in works:
            if work.later or work.name in done:
                continue
            if work.group in ("tasks", "when_not"):
                yield from self.of_tasks(work, names)
            else:
                together = [other for other in works if self.station_key(other)
                            == self.station_key(work) and not other.later]
                done.update(other.name for other in together)
                job = self.of_build(together) if work.group == "build" else self.of_server(together)
                if job.phases:  # none are left where system calls cannot be counted
                    yield job

    def station_key(self, work):
        """Works that share a started server."""
        if work.group == "build":
            return "build"
        if work.kind in ONE_CPU:
            return work.program, "one CPU", tuple(sorted(work.parameters.items()))
        if work.kind in LITTLE_TO_DO:
            return work.program, "little to do", work.parameters["connections"]
        return work.name

    def able(self, works, entries, workers=1, shape="natural"):
        return tuple(entry for entry in entries if not all(
            entry.peer.why_not(work, entry.engine, workers, shape) for work in works))

    def of_tasks(self, work, names):
        for workers in self.effort.workers:
            for shape in work.shapes:
                name = work.name + ("_blocked" if shape == "blocked" else "")
                if names and name not in names:
                    continue
                sessions, rounds = self.effort.heavy if work.heavy else self.effort.ordinary
                yield self.task_job(work, workers, shape, sessions, rounds, name)

    def task_job(self, work, workers, shape, sessions, rounds, name):
        further = ()
        if work.name == "file_word_count":
            path = self.folder / "words.txt"
            count = files.words(path, work.parameters["bytes"])
            work = dataclasses.replace(work, sum=count)
            further = (f"file={path}", f"expect={count}")

        def open_station(entry):
            if work.kind == "hold":
                return tasks.HoldStation(entry, work, workers, shape, self.effort)
            return tasks.TaskStation(entry, work, workers, shape, self.effort, further)

        hold = work.kind == "hold"
        phase = Phase(work, lambda station: station.measure(), rounds, timed=not hold,
                      slices=1 if hold else self.effort.slices)
        return Job(f"{name}, {workers} workers", (phase,), workers, shape, sessions,
                   self.able([work], self.entries, workers, shape), open_station,
                   steady=workers == 1, again=self.again(work))

    def of_server(self, works):
        first = max(works, key=lambda work: len(work.parameters))  # with the load of them all
        placement = servers.Placement(first.kind in ONE_CPU, first.workers)
        root = files.static_files(self.folder)
        if first.kind == "idle":
            rounds = self.effort.heavy[0] * self.effort.heavy[1]
            phase = Phase(first, lambda station: station.measure(), rounds, timed=False)
            return Job(first.name, (phase,), 1, "natural", 1, self.able(works, self.entries),
                       lambda entry: servers.IdleStation(entry, first, placement, self.client,
                                                         root, self.effort.most_idle))
        sessions, rounds = self.server_rounds(first)
        phases = tuple(self.server_phase(work, rounds) for work in works
                       if not (work.kind == "syscalls" and self.no_syscalls))
        return Job(" and ".join(work.name for work in works), phases, first.workers, "natural",
                   sessions, self.able(works, self.entries, first.workers),
                   lambda entry: servers.ServerStation(entry, first, placement, self.client, root,
                                                       self.effort),
                   steady=first.kind in ONE_CPU, again=self.again(first))

    def again(self, work):
        return self.effort.heavy_again if self.is_heavy(work) else self.effort.again

    @staticmethod
    def is_heavy(work):
        return work.heavy or work.parameters.get("connections", 0) >= MANY_CONNECTIONS

    def server_rounds(self, work):
        """(sessions, rounds in each)."""
        if self.is_heavy(work):
            return self.effort.heavy
        return self.effort.ordinary if work.kind in ONE_CPU else self.effort.apart

    def server_phase(self, work, rounds):
        counted = work.kind == "syscalls"
        return Phase(work, lambda station: getattr(station, work.kind)(),
                     self.effort.counted if counted else rounds, once=counted, timed=not counted)

    def of_build(self, works):
        rounds = self.effort.heavy[0] * self.effort.heavy[1]
        measures = {"echo_compile_seconds": lambda station: station.seconds(),
                    "echo_stripped_bytes": lambda station: station.size()}
        phases = tuple(Phase(work, measures[work.name], rounds) for work in works)
        return Job("echo_build", phases, None, "natural", 1, self.able(works, self.engineless),
                   builds.BuildStation, by_engine=False, again=self.effort.again)
