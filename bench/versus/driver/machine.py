"""What the kernel knows: CPUs, processor time, idle share, private memory."""

import os
import pathlib
import resource
import time


def cpus():
    """Those that the driver may use."""
    return sorted(os.sched_getaffinity(0))


def place(pid, on, batch=False):
    """Pins a process that has one thread yet; the threads it starts inherit both."""
    os.sched_setaffinity(pid, on)
    if batch:
        os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0))


def raise_file_limit():
    """As many descriptors as allowed, for the driver and what it starts; how many that is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def processes(session):
    """Every living process of this session: a server and its workers."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = pathlib.Path("/proc", entry, "stat").read_text()
            except OSError:
                continue
            state, _, _, its_session = stat.rpartition(")")[2].split()[:4]
            if int(its_session) == session and state not in "ZX":
                found.append(int(entry))
    return sorted(found)


def processor_ns(pids):
    """Processor time of these processes, all threads, those that have ended included.

    Their CPU-time clocks: the same scheduler's accounting as the sum of /proc/PID/task/*/schedstat,
    which would miss threads that ended meanwhile.
    """
    return sum(time.clock_gettime_ns((~pid << 3) | 2) for pid in pids)


def schedstat_ns(pid):
    """The sum over the threads that live now."""
    return sum(int((thread / "schedstat").read_text().split()[0])
               for thread in pathlib.Path(f"/proc/{pid}/task").iterdir())


def private_bytes(pids):
    total = 0
    for pid in pids:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(("Private_Clean:", "Private_Dirty:")):
                total += int(line.split()[1]) * 1024
    return total


class Idle:
    """The shares of the machine's processor time that nobody used, and that its host gave to others,
    while this was active."""

    def __init__(self):
        self.idle = self.stolen = self.total = 0
        self.lap = (0, 0)

    def __enter__(self):
        self.before = self.ticks()
        return self

    def __exit__(self, *_):
        idle, stolen, total = self.ticks()
        self.idle += idle - self.before[0]
        self.stolen += stolen - self.before[1]
        self.total += total - self.before[2]

    @staticmethod
    def ticks():
        with open("/proc/stat", encoding="ascii") as stat:
            fields = [int(each) for each in stat.readline().split()[1:9]]
        return fields[3] + fields[4], fields[7], sum(fields)

    def share(self):
        """None where it lasted for less than a tick."""
        return round(self.idle / self.total, 3) if self.total else None

    def stolen_share(self):
        return round(self.stolen / self.total, 3) if self.total else None

    def stolen_since(self):
        """The stolen share since this was asked last."""
        stolen, total = self.stolen - self.lap[0], self.total - self.lap[1]
        self.lap = (self.stolen, self.total)
        return stolen / total if total else 0


class Others:
    """The share of the machine's processor time that neither the driver nor anything it started and
    waited for has used, while this was active. The kernel counts in ticks: short times tell little."""

    def __init__(self):
        self.used = self.total = 0

    def __enter__(self):
        self.before = self.now()
        return self

    def __exit__(self, *_):
        self.used, self.total = (after - before for after, before in zip(self.now(), self.before))

    @staticmethod
    def now():
        """(used by others, all there is), in seconds since some time."""
        with open("/proc/stat", encoding="ascii") as stat:
            fields = [int(each) / os.sysconf("SC_CLK_TCK") for each in stat.readline().split()[1:9]]
        user, nice, system, _, _, irq, softirq, _ = fields
        # Interrupts are part of the time of the process they hit, except in kernels that count them
        # to the nanosecond: there `irq` is never zero. (Loopback is softirq.)
        busy = user + nice + system + (0 if irq else softirq)
        ours = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return busy - sum(each.ru_utime + each.ru_stime for each in ours), sum(fields)

    def share(self):
        """None where it lasted for less than a tick."""
        return round(max(0, self.used) / self.total, 3) if self.total else None
