"""Works of servers: a peer's server, the load generator beside it, and one window a round."""

import contextlib
import time

from . import machine, syscalls
from .program import NOT_ITS_FAULT, Failed, Program

START_SECONDS = 60
CONNECT_SECONDS = 120
DRAIN_SECONDS = 30
WARM_UP_MS = 60
OPENING_WARMS = 1000  # so many connections have had an exchange each when all are open
IDLE_BYTES = 64  # what a connection has had echoed before it is silent: the load generator's size
# What it says on stderr when it is not the server that keeps it from going on.
OWN_FAULTS = ("file descriptors", "Too many open files", "Cannot assign requested address", "epoll_",
              "rlimit", "no memory", "Cannot allocate memory")
PLAINTEXT_BYTES = len("Hello, World!")


class Placement:
    """Which CPUs the two sides get. `together`: both on one, where SCHED_BATCH keeps the kernel
    from switching at every wake-up, so that batches do not depend on who is ahead. A server of
    several workers shares as many CPUs with the client."""

    def __init__(self, together, workers=1):
        cpus = machine.cpus()
        self.together = together
        if workers > 1:
            self.server = self.client = cpus[:workers]
            return
        self.server = cpus[:1]
        self.client = cpus[:1] if together or len(cpus) == 1 else cpus[1:2]


class ServerStation:
    """A server with its clients connected and warm."""

    def __init__(self, entry, work, placement, client, root, effort):
        self.work, self.effort, self.load = work, effort, None
        self.server = start_server(entry, work, placement, root)
        try:
            self.port = listening(self.server)
            arguments = load_arguments(work, self.port, root)
            self.load = start_load([client, *arguments], placement)
            self.load.expect("connected", CONNECT_SECONDS)
            least = 0 if work.parameters.get("connections", 0) >= OPENING_WARMS else WARM_UP_MS
            warm_up = max(least, min(entry.peer.warm_up_ms, effort.warm_up_ms))
            if warm_up > 0:
                self.window(warm_up)
        except Failed as failure:
            reason = blame(failure, self.server, self.load)
            with contextlib.suppress(Failed):
                self.close()
            raise reason from failure
        except BaseException:
            self.close()
            raise

    def length(self, kind):
        return self.effort.window(kind, self.work.parameters.get("connections", 0))

    def window(self, milliseconds):
        """One window of load: the client's answer, with the server's processor time in it."""
        processes = machine.processes(self.server.pid)
        try:
            before = machine.processor_ns(processes)
            answer = self.load.ask_json(f"window {milliseconds}", DRAIN_SECONDS + milliseconds / 500)
            answer["server_cpu_ns"] = machine.processor_ns(processes) - before
        except (Failed, OSError) as failure:
            raise blame(failure, self.server, self.load) from failure
        wrong = self.wrong(answer)
        if wrong:
            raise blame(Failed(f"answered wrongly: {wrong}"), self.server, self.load)
        return answer

    def wrong(self, answer):
        units, verified = answer.get("units", 0), answer.get("bytes_verified", 0)
        size = self.work.parameters.get("size", PLAINTEXT_BYTES)
        if answer.get("errors") != 0:
            return f"{answer.get('errors')} connections lost or with wrong bytes"
        if units <= 0:
            return "no answers at all"
        if verified < units * size or (self.work.program == "echo" and verified != units * size):
            return f"{verified} bytes verified of {units} answers"
        return None

    def throughput(self):
        answer = self.window(self.length("throughput"))
        return {"value": answer["units"] / answer["ns"] * 1e9,
                "extra": {"cpu_us": answer["server_cpu_ns"] / answer["units"] / 1e3,
                          "p50_us": answer["p50_us"], "p99_us": answer["p99_us"]}}

    def latency(self):
        answer = self.window(self.length("latency"))
        return answer["ns"] / answer["units"] / 1e3

    def cpu(self):
        answer = self.window(self.length("cpu"))
        if answer["client_cpu_ns"] <= 0 or answer["server_cpu_ns"] <= 0:
            raise Failed("the scheduler's accounting says no processor time was used")
        return {"value": answer["server_cpu_ns"] / answer["client_cpu_ns"],
                "extra": {"server_ns": answer["server_cpu_ns"] / answer["units"],
                          "client_ns": answer["client_cpu_ns"] / answer["units"]}}

    def rate_cpu(self):
        answer = self.window(self.length("rate_cpu"))
        return answer["server_cpu_ns"] / answer["units"] / 1e3

    def idle_cpu(self):
        """Nobody sends anything: what the server uses in a second all the same."""
        processes = machine.processes(self.server.pid)
        try:
            start, before = time.monotonic_ns(), machine.processor_ns(processes)
            time.sleep(self.length("idle_cpu") / 1000)
            used, passed = machine.processor_ns(processes) - before, time.monotonic_ns() - start
        except OSError as failure:
            raise blame(failure, self.server) from failure
        return used / passed * 1e6

    def open_loop(self):
        return self.window(self.length("open_loop"))["p999_us"]

    def syscalls(self):
        try:
            with syscalls.Counter(machine.processes(self.server.pid)) as counter:
                counter.start()
                answer = self.window(self.length("syscalls"))
                return counter.stop() / answer["units"]
        except OSError as failure:
            raise blame(failure, self.server) from failure

    def close(self):
        self.server.end()
        if self.load:
            self.load.close()
        self.server.leave()


class IdleStation:
    """The growth of a server's private memory from so many idle connections to so many more. Every
    figure is of a fresh server: memory that was used once stays with the process."""

    def __init__(self, entry, work, placement, client, root, most):
        self.entry, self.work, self.placement = entry, work, placement
        self.client, self.root, self.most = client, root, most
        self.leaving = []

    def measure(self):
        first, last = self.work.parameters["from"], min(self.work.parameters["to"], self.most)
        steps = [first, (first + last) // 2, last]
        clients, weights = [], []
        server = start_server(self.entry, self.work, self.placement, self.root)
        try:
            port = listening(server)
            for held, wanted in zip([0, *steps], steps):
                load = start_load([self.client, self.work.program, f"port={port}", "connections=0",
                                   f"idle={wanted - held}", f"source={2 + 4 * len(clients)}"],
                                  self.placement)
                clients.append(load)
                load.expect("connected", CONNECT_SECONDS)
                weights.append(machine.private_bytes(machine.processes(server.pid)))
        except (Failed, OSError) as failure:
            raise blame(failure, server, clients[-1] if clients else None) from failure
        finally:
            try:
                self.close()
            finally:
                self.leaving = [server, *clients]
                for each in self.leaving:  # the kernel takes them down beside the next one's start
                    each.end()
        slopes = [(b - a) / (n - m) for a, b, m, n in zip(weights, weights[1:], steps, steps[1:])]
        return {"value": (weights[-1] - weights[0]) / (last - first),
                "extra": {"slope_low": slopes[0], "slope_high": slopes[1]}}

    def close(self):
        leaving, self.leaving = self.leaving, []
        for client in leaving[1:]:
            client.close()
        for server in leaving[:1]:
            server.leave()


def start_server(entry, work, placement, root):
    arguments = ["port=0", f"workers={work.workers}"]
    arguments.append(f"root={root}" if work.program == "http"
                     else f"size={work.parameters.get('size', IDLE_BYTES)}")
    return Program(entry.command(work.program, arguments), placement.server,
                   batch=placement.together, environment=entry.environment, folder=entry.peer.out)


def listening(server):
    port = server.expect("listening", START_SECONDS)
    if not port.isdigit():
        raise Failed(f"{server.name} listens on “{port}”")
    return int(port)


def load_arguments(work, port, root):
    arguments = [work.program, f"port={port}", *work.arguments()]
    path = work.parameters.get("path", "")
    if path.startswith("/static/"):
        arguments.append(f"body={root}/{path.removeprefix('/static/')}")
    return arguments


def start_load(command, placement):
    try:
        return Program(command, placement.client, batch=placement.together)
    except Failed as failure:
        raise Failed(f"{NOT_ITS_FAULT}{failure}") from failure


def blame(failure, server, load=None):
    """When the server is gone, that is the reason, whatever the client says; what the client could not do
    is no fault of the server."""
    if server.wait(0.2):
        return Failed(server.how_it_ended())
    for line in load.said() if load else ():
        if any(each in line for each in OWN_FAULTS):
            return Failed(f"{NOT_ITS_FAULT}{line.strip()[:200]}")
    return failure if isinstance(failure, Failed) else Failed(str(failure))
