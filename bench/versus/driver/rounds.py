"""Alternating rounds: in each, every contestant is measured once, in a random order.

A figure that is a time may be the mean of several slices, between which the others get theirs: what
slows the machine down for a tenth of a second then hits all of them.

On a virtual machine the host may give its processors to others meanwhile. A round in which it took too
much is measured again, for everyone in it and whatever it said, a few times at most.
"""

import statistics
from dataclasses import dataclass

from .program import Failed

MOST_STOLEN = 0.03  # of the processor time, in a round that counts
AT_MOST = 10  # times the planned sessions: an interval shrinks by their root


@dataclass(frozen=True)
class Phase:
    """`measure(station)` gives a figure; `rounds` of them in each session, or in the first only."""
    work: object
    measure: object
    rounds: int
    once: bool = False
    timed: bool = True  # memory and system calls are the same on a busy host
    slices: int = 1     # of a figure, as far as a station's `slices` has so many


class Samples:
    """Of one work: for each contestant a list of sessions, each a list with one value a round."""

    def __init__(self):
        self.values = {}
        self.failures = {}
        self.extra = {}    # name of a further figure → contestant → values
        self.idle = None
        self.stolen = None
        self.again = 0     # rounds

    def keep(self, entry, value):
        """The figure alone; what comes with it goes to the further ones."""
        if not isinstance(value, dict):
            return value
        for key, each in value["extra"].items():
            self.extra.setdefault(key, {}).setdefault(entry, []).append(each)
        return value["value"]

    def sessions(self, entry):
        """Its complete rounds; nothing of one that failed."""
        return [] if entry in self.failures else self.values.get(entry, [])


def alternate(entries, open_station, phases, sessions, rng, idle, say, wanting=None, again=0):
    """Samples of each phase's work.

    A contestant that fails leaves its reason and is left out from then on; the others go on.
    After as many sessions as planned there are up to AT_MOST times as many, for those of the contestants
    that `wanting(results)` names. Who was left out once stays out, so that everybody's n-th session
    is the same one and pairs stay pairs. At most `again` rounds are measured again.
    """
    results = {phase.work.name: Samples() for phase in phases}
    failed = {}
    for session in range(AT_MOST * sessions if wanting else sessions):
        if session >= sessions:
            wanted = wanting(results)
            entries = [entry for entry in entries if entry in wanted and entry not in failed]
            if not entries:
                break
        stations = {}
        try:
            for entry in shuffled(entries, rng):
                if entry in failed:
                    continue
                say(f"{session + 1}/{sessions} starting {entry.name}")
                try:
                    stations[entry] = open_station(entry)
                except Failed as failure:
                    failed[entry] = str(failure)
            for phase in phases:
                if phase.once and session > 0:
                    continue
                samples = results[phase.work.name]
                for entry in stations:
                    samples.values.setdefault(entry, []).append([])
                round_ = 0
                while round_ < phase.rounds:
                    idle.stolen_since()
                    values = one_round(phase, stations, failed, rng, idle, lambda entry: say(
                        f"{session + 1}/{sessions} round {round_ + 1}/{phase.rounds} {entry.name}"))
                    if again > 0 and phase.timed and idle.stolen_since() > MOST_STOLEN:
                        again -= 1
                        samples.again += 1
                        continue
                    round_ += 1
                    for entry in stations:
                        samples.values[entry][-1].append(samples.keep(entry, values.get(entry)))
        finally:
            for entry, station in stations.items():
                try:
                    station.close()
                except Failed as failure:
                    failed.setdefault(entry, str(failure))
    for samples in results.values():
        samples.failures.update(failed)
        samples.idle, samples.stolen = idle.share(), idle.stolen_share()
    return results


def one_round(phase, stations, failed, rng, idle, say):
    """A figure of each that has not failed."""
    parts = {}
    for at in range(phase.slices):
        for entry in shuffled(stations, rng):
            count = phase.slices if phase.slices == 1 else stations[entry].slices
            if entry not in failed and at * count // phase.slices != (at - 1) * count // phase.slices:
                say(entry)
                parts.setdefault(entry, []).append(
                    attempt(phase, stations[entry], entry, failed, idle))
    return {entry: mean(values) for entry, values in parts.items() if entry not in failed}


def mean(values):
    """Of figures, alone or with further ones."""
    if not isinstance(values[0], dict):
        return statistics.fmean(values)
    return {"value": mean([each["value"] for each in values]),
            "extra": {key: mean([each["extra"][key] for each in values])
                      for key in values[0]["extra"]}}


def attempt(phase, station, entry, failed, idle):
    try:
        with idle:
            return phase.measure(station)
    except Failed as failure:
        failed[entry] = str(failure)
        return None


def shuffled(entries, rng):
    entries = list(entries)
    rng.shuffle(entries)
    return entries
