"""How the driver makes figures: answers, intervals, rounds and rows."""

import io
import itertools
import math
import os
import pathlib
import random
import sys
import tempfile
import unittest
from unittest import mock

from driver import machine, main, output, paired, peer, plan, readme, report, row, rounds, table, tasks
from driver import works as descriptions
from driver.program import Failed

HOME = pathlib.Path(__file__).resolve().parents[2]
YIELD = descriptions.Work("yield_many", "tasks", "tasks", "us", False, tasks=200, sum="a*workers",
                          parameters={"a": 5})


class Works(unittest.TestCase):
    def test_the_real_file_is_well_formed(self):
        works = descriptions.load(HOME / "works.json")
        self.assertEqual(len({work.name for work in works}), len(works))
        for work in works:
            self.assertIn(work.group, descriptions.GROUPS)
            self.assertTrue(work.later or work.does, work.name)
            if not work.later and work.kind == "run":
                self.assertIn(work.unit, descriptions.NANOSECONDS, work.name)
                if work.sum != "expect":
                    self.assertGreaterEqual(
                        descriptions.product(work.sum, work.parameters, 2), 0)
                self.assertGreater(work.value(10**9, 1, 2), 0)

    def test_each_description_stands_alone(self):
        for work in descriptions.load(HOME / "works.json"):
            self.assertNotIn("The same", work.does, work.name)

    def test_right_and_wrong_answers(self):
        right = {"ns": 5, "iterations": 3, "tasks": 600, "sum": 30}
        self.assertIsNone(YIELD.wrong(right, 3, 2))
        self.assertIsNone(YIELD.wrong({**right, "runtime_tasks": 603}, 3, 2))
        for change in ({"tasks": 599}, {"sum": 15}, {"iterations": 2}, {"ns": 0}, {"ns": None},
                       {"tasks": None}, {"runtime_tasks": 3}, {"sum": 30.5}):
            self.assertIsNotNone(YIELD.wrong({**right, **change}, 3, 2), change)

    def test_stalls_have_to_fit_into_the_time(self):
        work = descriptions.Work("busy", "tasks", "tasks", "us", False, parameters={"stall_us": 10})
        answer = {"ns": 1_000_000, "iterations": 1}
        for stalls, fits in ((0, True), (200, True), (204, True), (205, False), (-1, False),
                             (None, False)):
            wrong = work.wrong({**answer, "stalls": stalls}, 1, 2)
            self.assertEqual(wrong is None, fits, stalls)
        self.assertIsNone(work.wrong({**answer, "stalls": 404}, 1, 2, took=2_000_000))
        self.assertIsNotNone(work.wrong({**answer, "stalls": 405}, 1, 2, took=2_000_000))

    def test_units(self):
        self.assertEqual(YIELD.value(6000, 3, 2), 2)
        each = descriptions.Work("post", "tasks", "tasks", "ns", False, count="times*workers",
                                 parameters={"times": 10})
        self.assertEqual(each.value(6000, 3, 2), 100)

    def test_selection(self):
        works = descriptions.load(HOME / "works.json")
        self.assertEqual({work.group for work in descriptions.select(works, ["net"])}, {"net"})
        named, = descriptions.select(works, [], ["yield_many_blocked"])
        self.assertEqual(named.name, "yield_many")


class Untold(unittest.TestCase):
    def test_half_of_the_time_is_too_little_and_hiccups_are_not(self):
        def judge(*runs):
            untold = tasks.Untold()
            for told, took in runs:
                untold.add(told * 1_000_000, took * 1_000_000)
            return untold.wrong()

        self.assertIsNone(judge(*[(12, 13)] * 50))
        self.assertIsNone(judge((5, 90), *[(10, 14)] * 30))
        self.assertIsNone(judge((12, 2000), *[(12, 13)] * 5, (12, 60)))
        self.assertIn("took 240 ms in all, where 480 passed", judge(*[(12, 24)] * 20))
        self.assertIsNotNone(judge(*[(85, 170)] * 3))


class Paired(unittest.TestCase):
    def test_above_one_means_that_ours_is_better_whatever_the_unit(self):
        self.assertEqual(paired.ratios([[10, 20]], [[20, 40]], False), [[2, 2]])
        self.assertEqual(paired.ratios([[10, 20]], [[20, 40]], True), [[0.5, 0.5]])

    def test_drift_that_both_share_leaves_no_trace_in_the_ratio(self):
        ours = [[1, 2, 4], [3, 9, 1]]
        theirs = [[3 * value for value in session] for session in ours]
        ratios = paired.ratios(ours, theirs, False)
        low, high = paired.interval(ratios, random.Random(1))
        self.assertAlmostEqual(paired.median(ratios), 3)
        self.assertAlmostEqual(low, 3 / math.exp(paired.NARROWEST))
        self.assertAlmostEqual(high, 3 * math.exp(paired.NARROWEST))

    def test_few_rounds_widen_as_in_the_table_of_students_distribution(self):
        for freedom, quantile in ((2, 4.303), (3, 3.182), (5, 2.571), (19, 2.093)):
            self.assertAlmostEqual(paired.student(freedom) * 1.96 / quantile, 1, delta=0.04)

    def test_few_sessions_widen_it_beside_few_rounds(self):
        def width(sessions, student):
            with mock.patch.object(paired, "student", return_value=student):
                low, high = paired.interval(sessions, random.Random(1))
            return math.log(high / low)

        two, one = [[1, 1.1, 1.2], [1.3, 1.4, 1.5]], [[1, 1.1, 1.2, 1.3]]
        self.assertAlmostEqual(width(two, 2), 2 * width(two, 1))
        self.assertAlmostEqual(width(one, 2), 2 * width(one, 1))
        with mock.patch.object(math, "sqrt", return_value=1):
            unwidened = width(two, 1)
        self.assertAlmostEqual(width(two, 1), math.sqrt(2) * unwidened)

    def test_a_second_run_lies_within_the_first_ones_interval(self):
        rng = random.Random(2)
        for sessions, count, between, within in ((4, 4, 0.02, 0.03), (4, 3, 0.03, 0.003),
                                                 (3, 2, 0.03, 0.003)):
            def run():
                result = []
                for _ in range(sessions):
                    base = rng.gauss(0, between)
                    result.append([math.exp(base + rng.gauss(0, within)) for _ in range(count)])
                return result

            inside = 0
            with mock.patch.object(paired, "DRAWS", 400):
                for _ in range(150):
                    low, high = paired.interval(run(), rng)
                    inside += low <= paired.median(run()) <= high
            self.assertGreater(inside, 0.85 * 150, (sessions, count))

    def test_wide_intervals_mean_nothing(self):
        for low, high, nothing in ((0.9, 1.1, False), (0.8, 1.2, True), (3, 5, False),
                                   (3, 7, True), (0.2, 0.3, False)):
            self.assertEqual(paired.meaningless(low, high), nothing, (low, high))

    def test_two_rounds_make_no_interval(self):
        self.assertIsNone(paired.interval([[1, 2]], random.Random(1)))


class Rounds(unittest.TestCase):
    """Contestants that answer the number of the session they were started in."""

    def alternate(self, names, wanting=None, once=False):
        entries = {name: peer.Contestant(peer.Peer(name, "/nowhere", "/nowhere")) for name in names}
        started = []

        class Station:
            def __init__(self, entry):
                started.append(entry.peer.name)
                self.session = started.count(entry.peer.name)

            def close(self):
                pass

        found = rounds.alternate(
            tuple(entries.values()), Station,
            (rounds.Phase(YIELD, lambda station: station.session, 3, once),), 2, random.Random(1),
            machine.Idle(), lambda text: None,
            wanting and (lambda results: {entries[name] for name in wanting(results)}))
        return {name: found[YIELD.name].sessions(entry) for name, entry in entries.items()}

    def test_sessions_and_rounds(self):
        self.assertEqual(self.alternate(["aside"]), {"aside": [[1, 1, 1], [2, 2, 2]]})

    def test_what_is_counted_once_is_not_counted_again(self):
        self.assertEqual(self.alternate(["aside"], once=True), {"aside": [[1, 1, 1]]})

    def test_rounds_that_the_host_disturbed_are_measured_again_a_few_times(self):
        class Host(machine.Idle):
            def stolen_since(self):  # before and after each round
                return next(shares)

        class Station:
            def __init__(self, _):
                self.count = 0

            def measure(self):
                self.count += 1
                return {"value": self.count, "extra": {"further": self.count}}

            def close(self):
                pass

        entry = peer.Contestant(peer.Peer("aside", "/nowhere", "/nowhere"))
        for shares, timed, kept, again in (
                ((0, 0, 0, 0.5, 0, 0, 0, 0), True, [1, 3, 4], 1),
                (itertools.repeat(0.5), True, [3, 4, 5], 2),
                (itertools.repeat(0.5), False, [1, 2, 3], 0)):
            shares = iter(shares)
            found = rounds.alternate((entry,), Station,
                                     (rounds.Phase(YIELD, Station.measure, 3, timed=timed),), 1,
                                     random.Random(1), Host(), lambda text: None, again=2)
            samples = found[YIELD.name]
            self.assertEqual(samples.sessions(entry), [kept])
            self.assertEqual(samples.extra["further"][entry], kept)
            self.assertEqual(samples.again, again)

    def test_slices_alternate_and_who_cannot_cut_his_figure_has_fewer(self):
        ran = []

        class Station:
            def __init__(self, entry):
                self.name, self.slices = entry.name, {"aside": 4, "go": 2, "java": 1}[entry.name]

            def measure(self):
                ran.append(self.name)
                count = ran.count(self.name)
                return count if self.name == "java" else {"value": count, "extra": {"twice": 2 * count}}

            def close(self):
                pass

        entries = tuple(peer.Contestant(peer.Peer(name, "/nowhere", "/nowhere"))
                        for name in ("aside", "go", "java"))
        found = rounds.alternate(entries, Station,
                                 (rounds.Phase(YIELD, Station.measure, 1, slices=4),), 1,
                                 random.Random(1), machine.Idle(), lambda text: None)[YIELD.name]
        self.assertEqual([found.sessions(entry) for entry in entries], [[[2.5]], [[1.5]], [[1]]])
        self.assertEqual([found.extra["twice"].get(entry) for entry in entries], [[5], [3], None])
        self.assertEqual([sorted(part) for part in (ran[:3], ran[3:4], ran[4:6], ran[6:])],
                         [["aside", "go", "java"], ["aside"], ["aside", "go"], ["aside"]])

    def test_who_fails_in_a_slice_has_no_figure_of_that_round(self):
        class Station:
            slices = 2

            def __init__(self, entry):
                self.count = 0

            def measure(self):
                self.count += 1
                if self.count == 4:
                    raise Failed("died")
                return self.count

            def close(self):
                pass

        entry = peer.Contestant(peer.Peer("go", "/nowhere", "/nowhere"))
        found = rounds.alternate((entry,), Station,
                                 (rounds.Phase(YIELD, Station.measure, 3, slices=2),), 1,
                                 random.Random(1), machine.Idle(), lambda text: None)[YIELD.name]
        self.assertEqual(found.failures, {entry: "died"})
        self.assertEqual(found.values[entry], [[1.5, None, None]])

    def test_further_sessions_for_who_needs_them_up_to_a_limit(self):
        found = self.alternate(["aside", "go", "asio"], lambda results: ["aside", "go"])
        most = 2 * rounds.AT_MOST
        self.assertEqual([len(found[name]) for name in ("aside", "go", "asio")], [most, most, 2])

    def test_who_was_left_out_once_stays_out(self):
        answers = itertools.chain((["aside", "go"],), itertools.repeat(["aside", "go", "asio"]))
        found = self.alternate(["aside", "go", "asio"], lambda results: next(answers))
        most = 2 * rounds.AT_MOST
        self.assertEqual([len(found[name]) for name in ("aside", "go", "asio")], [most, most, 2])

    def test_wide_ratios_want_more_narrow_ones_do_not(self):
        entries = tuple(peer.Contestant(peer.Peer(name, "/nowhere", "/nowhere"))
                        for name in ("aside", "go", "asio"))
        samples = rounds.Samples()
        samples.values = dict(zip(entries, ([[1, 1, 1]] * 2, [[2, 3, 4]] * 2, [[2, 2, 2]] * 2)))
        job = plan.Job("", (rounds.Phase(YIELD, None, 3),), 1, "natural", 2, entries, None)
        self.assertEqual(row.wanting(job, {YIELD.name: samples}, 1.1, random.Random(1)),
                         set(entries[:2]))


class Rows(unittest.TestCase):
    def test_who_failed_once_is_null_for_the_whole_work_and_named_so(self):
        peers = [peer.Peer(name, "/nowhere", "/nowhere") for name in ("aside", "go", "asio")]
        for each in peers:
            each.missing = None
            each.programs, each.works = {"tasks": ["x"]}, (YIELD.name,)
        peers[2].cannot = {"*": "no such thing"}
        entries = tuple(peer.contestants(peers[:2], ["epoll"]))
        samples = rounds.Samples()
        samples.values = {entry: [[1, 1, 1]] for entry in entries}
        samples.failures = {entries[1]: "died in the last round"}
        job = plan.Job("", (rounds.Phase(YIELD, None, 3),), 1, "natural", 1, entries, None)
        made, = row.rows_of(job, {YIELD.name: samples}, peers, ["epoll"],
                            {"machine": {}, "versions": {}}, random.Random(1))
        self.assertEqual((made["aside"], made["peers"]), (1, dict.fromkeys(peer.NAMES[1:])))
        self.assertEqual(made["reason"]["java"], "left out by --peers")
        self.assertEqual(made["failed"], ["go"])
        self.assertEqual([readme.cell(made, name) for name in ("go", "asio")], ["failed", ""])
        self.assertEqual([table.cell(made, name)[0] for name in ("go", "asio")], ["failed", "–"])
        without = row.rows_without(job, "the driver failed", peers, ["epoll"],
                                   {"machine": {}, "versions": {}})
        self.assertEqual(without[0]["reason"]["go"], "the driver failed")

    def test_who_had_less_warm_up_than_it_asks_for_is_named(self):
        java = peer.Peer("java", "/nowhere", "/nowhere")
        java.warm_up_ms = 3000
        timed = plan.Job("", (rounds.Phase(YIELD, None, 3),), 1, "natural", 1, (), None)
        held = plan.Job("", (rounds.Phase(YIELD, None, 3, timed=False),), 1, "natural", 1, (), None)
        self.assertEqual(row.cold(timed, [java], plan.QUICK),
                         {"java": "not warm: it asks for 3,000 ms and had 350"})
        self.assertEqual(row.cold(timed, [java], plan.FULL), {})
        self.assertEqual(row.cold(held, [java], plan.QUICK), {})

    def test_both_parts_of_a_quotient_are_in_the_report(self):
        text = report.parts({"server_ns": {"aside": 5889, "go": 13494},
                             "client_ns": {"aside": 5358.4, "go": 7859}})
        self.assertIn("aside 5,889 + 5,358; go 13,494 + 7,859", text)
        self.assertEqual(report.parts({}), "")

    def test_axes_of_the_report(self):
        near = report.Scale([252, 253, 100])
        self.assertFalse(near.log)
        self.assertLess(next(iter(near.marks()))[1], 100)
        for values in ([0, 0], [0, 252, 5000]):
            self.assertEqual(next(iter(report.Scale(values).marks()))[1], 0, values)
        self.assertTrue(report.Scale([1, 30]).log)
        for theirs, there in ((2, False), (40, True)):
            made = self.compare([[1, 1, 1]], [[theirs] * 3])
            made["samples"] = {"aside": [[1, 1, 1]], "go": [[theirs] * 3]}
            self.assertEqual("logarithmic" in report.drawing(made), there)

    def test_the_report_says_where_one_cpu_was_all(self):
        for cpus in (1, 2):
            told = {"date": "", "commit": "", "effort": "", "seed": 1, "cpus": cpus, "cpu": "",
                    "kernel": "", "governor": "", "compiler": ""}
            page = report.page([], {"machine": told, "versions": {}}, [])
            self.assertEqual("one CPU only" in page, cpus == 1)

    def compare(self, ours, theirs):
        peers = [peer.Peer("aside", "/nowhere", "/nowhere"), peer.Peer("go", "/nowhere", "/nowhere")]
        made = row.empty(YIELD, 2, "natural", "epoll", peers, {"versions": {}, "machine": {}})
        made["aside"], made["peers"]["go"] = paired.median(ours), paired.median(theirs)
        row.compare(made, "go", ours, theirs, random.Random(1))
        return made

    def test_a_ratio_that_means_nothing_is_not_printed(self):
        made = self.compare([[1, 4, 1, 4]], [[4, 1, 2, 1]])
        self.assertIsNone(made["ratio"]["go"])
        self.assertTrue(made["reason"]["go"].startswith("too noisy"))
        self.assertEqual(table.cell(made, "go")[0], "noisy")

    def test_tables_say_who_is_ahead_where_only_a_bound_is_known(self):
        for interval, readmes, terminals in (
                ([0.18, 0.44], "**< 0.44**", "< 0.44"), ([7, 77], "> 7.00", "> 7.00"),
                ([0.5, 2.5], "noisy", "noisy"), (None, "", "–")):
            told = {"ratio": {"go": None}, "interval": {"go": interval}, "peers": {"go": 3},
                    "reason": {}, "aside": 5}
            self.assertEqual(readme.cell(told, "go"), readmes)
            self.assertEqual(table.cell(told, "go")[0], terminals)

    def test_tables_show_zeros(self):
        for ours, more, readmes, colour in ((5.0, False, "**0**", table.RED), (5.0, True, "0", ""),
                                            (0.0, False, "0", ""), (None, False, "0", "")):
            told = {"ratio": {"go": None}, "interval": {"go": None}, "peers": {"go": 0.0},
                    "reason": {}, "aside": ours, "higher_is_better": more}
            self.assertEqual(readme.cell(told, "go"), readmes)
            self.assertEqual(table.cell(told, "go"), ("(0)", colour))

    def test_a_file_that_cannot_be_written_is_named_before_anything_is_measured(self):
        with tempfile.TemporaryDirectory() as folder:
            good, bad = pathlib.Path(folder, "a.json"), pathlib.Path(folder, "no", "b.html")
            options = main.parser([YIELD]).parse_args(["versus", f"--json={good}", f"--html={bad}"])
            self.assertRegex(main.unwritable(options), "cannot write .*b.html: No such")
            bad.parent.mkdir()
            self.assertIsNone(main.unwritable(options))
            self.assertEqual(os.listdir(folder), ["no"])
            bad.mkdir()
            self.assertRegex(main.unwritable(options), "cannot write .*b.html: ")
            self.assertEqual(os.listdir(folder), ["no"])

    def test_one_file_cannot_be_both_results(self):
        with tempfile.TemporaryDirectory() as folder:
            options = main.parser([YIELD]).parse_args(
                ["versus", f"--json={folder}/x", f"--html={folder}/../{pathlib.Path(folder).name}/x"])
            self.assertIn("the same file", main.unwritable(options))

    def test_a_file_is_replaced_whole_or_not_at_all(self):
        with tempfile.TemporaryDirectory() as folder:
            path, link = pathlib.Path(folder, "a"), pathlib.Path(folder, "link")
            link.symlink_to(path)
            output.write(link, "first")
            with self.assertRaises(UnicodeEncodeError):
                output.write(link, "second \udcff")
            self.assertEqual((path.read_text(), sorted(os.listdir(folder))), ("first", ["a", "link"]))
            self.assertTrue(link.is_symlink())
        self.assertFalse(output.regular(pathlib.Path("/dev/null")))
        output.write(pathlib.Path("/dev/null"), "x")
        self.assertFalse(pathlib.Path("/dev/null").is_file())

    def test_a_file_that_cannot_be_written_any_more_is_named_once_and_tried_again(self):
        with tempfile.TemporaryDirectory() as folder, \
                mock.patch.object(sys, "stderr", io.StringIO()) as said:
            path, kept = pathlib.Path(folder, "new", "a"), output.Files()
            for _ in range(2):
                kept.write(path, "x")
            self.assertEqual(kept.lost, {path})
            self.assertEqual(said.getvalue().count("\n"), 1)
            self.assertIn(f"cannot write {path}: No such file or directory", said.getvalue())
            path.parent.mkdir()
            kept.write(path, "x")
            self.assertEqual((kept.lost, path.read_text()), (set(), "x"))

    def test_one_that_means_something_is(self):
        made = self.compare([[1, 1.01, 1, 0.99]], [[2, 2, 2.01, 2]])
        self.assertAlmostEqual(made["ratio"]["go"], 2, delta=0.02)
        self.assertRegex(table.cell(made, "go")[0], r"^(2\.0|1\.9)\d±\d%$")
        self.assertEqual(table.cell(made, "go")[1], table.GREEN)

    def test_a_figure_of_zero_has_no_ratio(self):
        made = self.compare([[1, 1, 1]], [[0, 0, 0]])
        self.assertIsNone(made["ratio"]["go"])
        self.assertIn("zero", made["reason"]["go"])

    def test_colour_only_where_it_is_wanted(self):
        made = self.compare([[1, 1.01, 1, 0.99]], [[2, 2, 2.01, 2]])
        made["samples"] = {"aside": [[1]], "go": [[2]]}

        class Terminal(io.StringIO):
            def isatty(self):
                return True

        for stream, environment, expected in (
                (Terminal(), {"TERM": "xterm"}, True), (io.StringIO(), {"TERM": "xterm"}, False),
                (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False)):
            with mock.patch.dict(os.environ, environment):
                if "NO_COLOR" not in environment:
                    os.environ.pop("NO_COLOR", None)
                table.render([made], stream)
            self.assertEqual("\x1b[" in stream.getvalue(), expected)
            self.assertIn("yield_many w2 epoll", stream.getvalue())


if __name__ == "__main__":
    unittest.main()
