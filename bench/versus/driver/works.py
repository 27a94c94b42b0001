"""What is measured: the descriptions of works.json, and what a right answer to each is."""

import json
import pathlib
from dataclasses import dataclass, field

GROUPS = ("tasks", "net", "file", "http", "build", "when_not")
NANOSECONDS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}


@dataclass(frozen=True)
class Work:
    name: str
    group: str
    program: str
    unit: str
    higher_is_better: bool
    does: str = ""
    kind: str = "run"
    parameters: dict = field(default_factory=dict)
    shapes: tuple = ("natural",)
    count: object = 1    # what `unit` is divided by, apart from the iterations
    tasks: object = None
    sum: object = None
    workers: int = 1     # of a server
    iterations: int = 0  # so many at a time, where their sum does not add up
    untimed: bool = False  # what is set up for it is no part of `ns`, as `does` says
    heavy: bool = False  # a figure takes seconds: fewer of them under --quick
    later: str = ""
    source: str = ""
    expect: str = ""

    def arguments(self):
        return [f"{key}={value}" for key, value in self.parameters.items()]

    def value(self, nanoseconds, iterations, workers):
        """What is printed for `iterations` that took so long."""
        count = product(self.count, self.parameters, workers)
        return nanoseconds / NANOSECONDS[self.unit] / iterations / count

    def wrong(self, answer, iterations, workers, took=0):
        """Why this answer to `run`, which came after `took` ns, cannot be right, or None."""
        if answer.get("iterations") != iterations:
            return f"did {answer.get('iterations')} iterations instead of {iterations}"
        if type(answer.get("ns")) is not int or answer["ns"] <= 0:
            return f"says that it took {answer.get('ns')} ns"
        for key, each in (("tasks", self.tasks), ("sum", self.sum), ("runtime_tasks", self.tasks)):
            if each is None or (key == "runtime_tasks" and key not in answer):
                continue
            right = product(each, self.parameters, workers) * iterations
            told = answer.get(key)
            # A runtime may count a task of its own or two, never one too few.
            if told != right and not (key == "runtime_tasks" and isinstance(told, int)
                                      and told > right):
                return f"answers {key}={told} where {right} is right"
        each, stalls = self.parameters.get("stall_us", 0) * 1000, answer.get("stalls", 0)
        # Of all the time until the answer: a thread that has looked at the clock may have to wait for a
        # CPU before it can look at what the workers have done.
        time = max(answer["ns"], took) + 2 * each
        if type(stalls) is not int or not 0 <= stalls * each <= workers * time:
            return f"answers stalls={stalls}, for which there was no time"
        return None


def product(text, parameters, workers):
    """A number, or a product of names as in `times*workers`."""
    if isinstance(text, int):
        return text
    result = 1
    for name in text.split("*"):
        result *= workers if name == "workers" else parameters[name]
    return result


def load(path):
    """All works, in the order of the file."""
    works = []
    for each in json.loads(pathlib.Path(path).read_text()):
        each["name"] = each.pop("work")
        each["shapes"] = tuple(each.get("shapes", ("natural",)))
        works.append(Work(**each))
    return works


def select(works, groups=(), names=()):
    """Those of the groups and of the names; no groups and no names mean all."""
    return [work for work in works if (not groups or work.group in groups)
            and (not names or work.name in names or f"{work.name}_blocked" in names)]
