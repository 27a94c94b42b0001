"""Alternating rounds: in each, every contestant is measured once, in a random order."""

from dataclasses import dataclass

from .program import Failed

AT_MOST = 5  # times the planned sessions: an interval shrinks by their root


@dataclass(frozen=True)
class Phase:
    """`measure(station)` gives a figure; `rounds` of them in each session, or in the first only."""
    work: object
    measure: object
    rounds: int
    once: bool = False


class Samples:
    """Of one work: for each contestant a list of sessions, each a list with one value a round."""

    def __init__(self):
        self.values = {}
        self.failures = {}
        self.extra = {}    # name of a further figure → contestant → values
        self.idle = None

    def sessions(self, entry):
        """Its complete rounds; nothing of one that failed."""
        return [] if entry in self.failures else self.values.get(entry, [])


def alternate(entries, open_station, phases, sessions, rng, idle, say, wanting=None):
    """Samples of each phase's work.

    A contestant that fails leaves its reason and is left out from then on; the others go on.
    After as many sessions as planned there are up to AT_MOST times as many, for those of the contestants
    that `wanting(results)` names. Who was left out once stays out, so that everybody's n-th session
    is the same one and pairs stay pairs.
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
                for round_ in range(phase.rounds):
                    for entry in shuffled(stations, rng):
                        if entry in failed:
                            value = None
                        else:
                            say(f"{session + 1}/{sessions} round {round_ + 1}/{phase.rounds} "
                                f"{entry.name}")
                            value = attempt(phase, stations[entry], entry, samples, failed, idle)
                        samples.values[entry][-1].append(value)
        finally:
            for station in stations.values():
                station.close()
    for samples in results.values():
        samples.failures.update(failed)
        samples.idle = idle.share()
    return results


def attempt(phase, station, entry, samples, failed, idle):
    try:
        with idle:
            value = phase.measure(station)
    except Failed as failure:
        failed[entry] = str(failure)
        return None
    if isinstance(value, dict):
        for key, each in value["extra"].items():
            samples.extra.setdefault(key, {}).setdefault(entry, []).append(each)
        value = value["value"]
    return value


def shuffled(entries, rng):
    entries = list(entries)
    rng.shuffle(entries)
    return entries
