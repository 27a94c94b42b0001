"""One row of the result: us beside everyone, in one work."""

from . import paired, peer
from .program import NOT_ITS_FAULT

TOO_NOISY = "too noisy"


def rows_of(job, results, peers, engines, about, rng):
    """A row for each work of a job and each of our engines."""
    return [make(phase.work, job, engine, results[phase.work.name], peers, about, rng)
            for phase in job.phases for engine in (engines if job.by_engine else [None])]


def rows_without(job, why, peers, engines, about):
    """The same where the job came to no end."""
    return [unmeasured(phase.work, why, peers, engine, job.workers, about, job.shape)
            for phase in job.phases for engine in (engines if job.by_engine else [None])]


def tell(rows, others, cold):
    """What is known of the whole job."""
    for each in rows:
        each["others"] = others
        each["cold"] = {name: text for name, text in cold.items() if name in each["samples"]}


def cold(job, peers, effort):
    """Who asks for a longer warm-up than this effort gives, in works that are warmed up."""
    if not any(phase.timed and phase.work.group != "build" for phase in job.phases):
        return {}
    return {each.name: f"not warm: it asks for {each.warm_up_ms:,} ms and had {effort.warm_up_ms:,}"
            for each in peers if each.warm_up_ms > effort.warm_up_ms}


def make(work, job, engine, samples, peers, about, rng):
    row = empty(work, job.workers, job.shape, engine, peers, about)
    chosen = {each.name: peer.counterpart(job.entries, each.name, engine) for each in peers}
    sessions, reason = {}, row["reason"]
    for each in peers:
        entry = chosen[each.name]
        why = each.why_not(work, entry.engine if entry else engine, job.workers, job.shape)
        if not why and entry in samples.failures:
            why = samples.failures[entry]
            if not why.startswith(NOT_ITS_FAULT):
                row["failed"].append(each.name)
        why = why or (None if entry else "was not started")
        if why:
            reason[each.name] = why
        else:
            sessions[each.name] = samples.sessions(entry)
            row["samples"][each.name] = sessions[each.name]
    for name, values in sessions.items():
        if name == peer.US:
            row["aside"] = paired.median(values)
        else:
            row["peers"][name] = paired.median(values)
    if peer.US in sessions:
        for name in row["peers"]:
            if name in sessions:
                compare(row, name, sessions[peer.US], sessions[name], rng)
    for key, values in samples.extra.items():
        row[key] = {each.name: paired.median([values[chosen[each.name]]])
                    for each in peers if each.name in sessions and chosen[each.name] in values}
    row["idle"], row["stolen"], row["again"] = samples.idle, samples.stolen, samples.again
    row["rounds"] = max((sum(map(len, each)) for each in sessions.values()), default=0)
    return row


def compare(row, name, ours, theirs, rng):
    if row["aside"] <= 0 or row["peers"][name] <= 0:
        row["reason"][name] = "no ratio: a figure is zero"
        return
    ratios = paired.ratios(ours, theirs, row["higher_is_better"])
    limits = paired.interval(ratios, rng) if ratios else None
    if limits is None:
        row["reason"][name] = f"{TOO_NOISY}: fewer than three rounds with both"
        return
    row["interval"][name] = list(limits)
    if paired.meaningless(*limits):
        row["reason"][name] = f"{TOO_NOISY}: the ratio is anywhere from {limits[0]:.2f} " \
                              f"to {limits[1]:.2f}"
    else:
        row["ratio"][name] = paired.median(ratios)


def wanting(job, results, narrow, rng):
    """The contestants that need further sessions: those whose ratio to one of ours has a wider
    interval than `narrow`, and that one of ours. Counted works are exact enough."""
    found = set()
    for phase in job.phases:
        samples = results[phase.work.name]
        for mine in job.entries:
            for other in () if phase.once or mine.peer.name != peer.US else job.entries:
                ratios = other.peer.name != peer.US and paired.ratios(
                    samples.sessions(mine), samples.sessions(other), phase.work.higher_is_better)
                limits = paired.interval(ratios, rng) if ratios else None
                if limits and limits[1] / limits[0] > narrow:
                    found |= {mine, other}
    return found


def empty(work, workers, shape, engine, peers, about):
    """Everyone null, also who was not to take part."""
    others = [name for name in peer.NAMES if name != peer.US]
    absent = sorted({*peer.NAMES} - {each.name for each in peers}, key=peer.NAMES.index)
    return {"work": work.name + ("_blocked" if shape == "blocked" else ""), "group": work.group,
            "workers": workers, "engine": engine, "shape": shape, "unit": work.unit,
            "higher_is_better": work.higher_is_better, "aside": None,
            "peers": dict.fromkeys(others), "ratio": dict.fromkeys(others),
            "interval": dict.fromkeys(others),
            "reason": dict.fromkeys(absent, peer.LEFT_OUT), "failed": [],
            "cold": {}, "idle": None, "stolen": None, "others": None, "rounds": 0, "again": 0,
            "samples": {}, **about}


def unmeasured(work, why, peers, engine, workers, about, shape="natural"):
    """A row for a work that nobody can do yet, or that cannot be measured here."""
    row = empty(work, workers, shape, engine, peers, about)
    row["reason"] |= {each.name: each.why_not(work, engine, workers, shape) or why for each in peers}
    return row
