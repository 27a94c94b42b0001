"""The whole command with peers that are slow, wrong, dead or silent."""

import contextlib
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

from driver import main, program, servers, syscalls, tasks
from driver.tests import fakes, programs_test


class Versus(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = fakes.Home(folder.name)
        # Those that hang on purpose do so at their end as well.
        quick = mock.patch.object(program, "LEAVE_SECONDS", 0.5)
        # What the others report is processor time, so that other load bends nothing.
        patient = mock.patch.object(tasks, "UNTOLD_NS", 1 << 60)
        for each in (quick, patient):
            each.start()
            self.addCleanup(each.stop)

    def run_versus(self, works, *options, code=0):
        """The rows by work, and what was printed on both streams."""
        result = self.home.root / "rows.json"
        words = ["versus", "--home", str(self.home.folder), "--out", str(self.home.out),
                 "--json", str(result), "--html", str(self.home.root / "rows.html"),
                 "--seed", "1", *options]
        out, err = io.StringIO(), io.StringIO()
        environment = {"ASIDE_BENCH_WORKS": self.home.works(*works)}
        with mock.patch.dict(os.environ, environment), contextlib.redirect_stdout(out), \
                contextlib.redirect_stderr(err):
            self.assertEqual(main.main(words), code, err.getvalue())
        self.page = (self.home.root / "rows.html").read_text()
        return json.loads(result.read_text()), out.getvalue(), err.getvalue()

    def test_a_slowed_peer_has_a_ratio_that_is_as_much_larger(self):
        self.home.add("aside").add("tokio").add("go", "spin_us=2000")
        rows, out, _ = self.run_versus([fakes.TOIL], "--quick")
        row, = rows
        self.assertAlmostEqual(row["ratio"]["go"] / row["ratio"]["tokio"], 2, delta=0.3)
        low, high = row["interval"]["go"]
        self.assertTrue(low < row["ratio"]["go"] < high)
        self.assertGreaterEqual(row["aside"], 500)  # two parts of an iteration of 1000 us
        self.assertGreaterEqual(row["peers"]["go"], 1000)
        self.assertIn("toil w2", out)

    def test_what_tasks_in_the_background_spin_can_be_taken_away(self):
        self.home.add("aside", "stalls=100").add("tokio", "stalls=180").add("go", "stalls=250")
        work = {**fakes.TOIL, "parameters": {**fakes.TOIL["parameters"], "stall_us": 10}}
        rows, _, _ = self.run_versus([work], "--quick")
        row, = rows
        self.assertEqual(set(row["without_stalls"]), {"aside", "tokio"})
        # Of 1000 us two workers spun half; an iteration has two parts.
        self.assertAlmostEqual(row["without_stalls"]["aside"], row["aside"] - 250, delta=20)
        self.assertAlmostEqual(row["without_stalls"]["tokio"], row["peers"]["tokio"] - 450, delta=20)
        self.assertIn("for which there was no time", row["reason"]["go"])

    def test_a_slowed_aside_falls_below_one(self):
        self.home.add("aside", "spin_us=3000").add("tokio")
        rows, _, _ = self.run_versus([fakes.TOIL], "--quick")
        self.assertAlmostEqual(rows[0]["ratio"]["tokio"], 1 / 3, delta=0.1)

    def test_faults_are_named_and_the_others_go_on(self):
        for name, fault in (("go", "wrong_sum"), ("asio", "few_tasks"), ("java", "dies"),
                            ("threads", "hangs"), ("hyper", "garbage"),
                            ("floor_epoll", "long_time"), ("floor_uring", "no_time")):
            self.home.add(name, f"fault={fault}")
        self.home.add("aside").add("tokio").add("nginx", build="echo no compiler >&2; exit 1")
        with mock.patch.object(tasks, "SLOWEST_ITERATION_SECONDS", 3):
            rows, out, err = self.run_versus([fakes.TOIL], "--quick")
        row, = rows
        for name, text in (("go", "answered wrongly: answers sum="),
                           ("asio", "answered wrongly: answers tasks="),
                           ("java", "ended with code 9: out of luck"),
                           ("threads", "hangs: no answer within 3 s"),
                           ("hyper", "instead of a JSON object"), ("nginx", "no compiler"),
                           ("floor_epoll", "and answered after"),
                           ("floor_uring", "iterations in next to no time")):
            self.assertIsNone(row["peers"][name], name)
            self.assertIsNone(row["ratio"][name], name)
            self.assertIsNone(row["interval"][name], name)
            self.assertIn(text, row["reason"][name])
            self.assertIn(text, out)
            self.assertIn(text, err)
        self.assertIsNotNone(row["ratio"]["tokio"])
        self.assertNotIn("tokio", row["reason"])

    def test_who_reports_half_of_the_time_is_found_out(self):
        self.home.add("aside", "fault=half_time").add("tokio", "fault=half_time", cannot={"weigh": ""})
        with mock.patch.object(tasks, "UNTOLD_NS", 20_000_000):
            rows, _, _ = self.run_versus([fakes.TOIL, {**fakes.TOIL, "work": "weigh", "untimed": True}],
                                         "--quick", code=0)
        for name in ("aside", "tokio"):
            self.assertRegex(rows[0]["reason"][name], r"answered wrongly: says that it took \d+ ms in all")
        self.assertEqual((rows[0]["failed"], rows[1]["failed"]), (["aside", "tokio"], []))

    def test_who_crashes_at_the_end_of_its_input_has_failed(self):
        self.home.add("aside").add("tokio", "fault=crashes")
        rows, _, _ = self.run_versus([fakes.TOIL], "--quick")
        self.assertEqual(rows[0]["failed"], ["tokio"])
        self.assertIn("at the end of its input", rows[0]["reason"]["tokio"])
        self.assertIn("died of SIGSEGV", rows[0]["reason"]["tokio"])

    def test_servers_that_end_with_another_code_have_failed(self):
        self.home.client().add("aside").add("tokio", echo=["fault=leaves_badly"])
        rows, _, _ = self.run_versus([fakes.ECHO_CPU], "--quick")
        self.assertEqual(rows[0]["failed"], ["tokio"])
        self.assertIn("ended with code 5", rows[0]["reason"]["tokio"])

    def test_without_aside_there_are_figures_and_no_ratios(self):
        self.home.add("tokio").add("aside", cannot={"toil": "not in this version"})
        rows, out, _ = self.run_versus([fakes.TOIL], "--quick")
        self.assertIsNone(rows[0]["aside"])
        self.assertEqual(rows[0]["peers"]["tokio"], 500)
        self.assertIsNone(rows[0]["ratio"]["tokio"])
        self.assertEqual(rows[0]["reason"]["aside"], "not in this version")
        self.assertIn("not in this version", out)

    def test_an_aside_that_does_not_build_is_no_success(self):
        self.home.client().add("tokio").add("aside", build="echo see the log >&2; exit 1")
        rows, out, err = self.run_versus([fakes.TOIL], "--quick", code=1)
        self.assertEqual((rows[0]["peers"]["tokio"], rows[0]["reason"]["aside"]), (500, "see the log"))
        self.assertIn("versus: aside: see the log", err)
        self.assertEqual(self.run_setup("aside,tokio"), 1)
        self.assertEqual(self.run_setup("tokio"), 0)

    def run_setup(self, names):
        with mock.patch.dict(os.environ, ASIDE_BENCH_WORKS=self.home.works(fakes.TOIL)), \
                contextlib.redirect_stderr(io.StringIO()):
            return main.main(["setup", "--home", str(self.home.folder), "--out", str(self.home.out),
                              "--peers", names])

    def test_engines_and_workers_make_rows_and_later_works_stay_null(self):
        self.home.add("tokio", cannot={"workers": "one only"})
        self.home.add("aside", engines={"epoll": {}, "uring": {"ASIDE_ENGINE": "uring"}})
        rows, out, _ = self.run_versus([fakes.TOIL, fakes.LATER], "--quick", "--workers", "1,2",
                                       "--engine", "epoll,uring")
        self.assertEqual([(row["work"], row["workers"], row["engine"]) for row in rows],
                         [(work, workers, engine) for work in ("toil", "tomorrow")
                          for workers in (1, 2) for engine in ("epoll", "uring")])
        self.assertIsNotNone(rows[0]["ratio"]["tokio"])
        self.assertEqual(rows[2]["reason"]["tokio"], "one only")
        self.assertTrue(all(row["aside"] is None for row in rows[4:]))
        self.assertIn("later: tomorrow", out)

    def test_memory_of_what_waits(self):
        self.home.add("aside", "weighs=100").add("tokio", "weighs=200")
        rows, _, _ = self.run_versus([fakes.WEIGH], "--quick")
        self.assertAlmostEqual(rows[0]["aside"], 100, delta=5)
        self.assertAlmostEqual(rows[0]["ratio"]["tokio"], 2, delta=0.1)

    def test_servers(self):
        burn = "spin_us=200"
        self.home.client().add("aside", echo=[burn]).add("tokio", echo=["spin_us=600"])
        self.home.add("go", echo=[burn, "fault=flips"]).add("asio", echo=[burn, "fault=dies"])
        self.home.add("java", echo=[burn, "fault=hangs"])
        with mock.patch.object(servers, "DRAIN_SECONDS", 3):
            rows, _, _ = self.run_versus([fakes.ECHO, fakes.ECHO_CPU], "--quick")
        by_work = {row["work"]: row for row in rows}
        for work in ("echo", "echo_cpu"):
            row = by_work[work]
            self.assertGreater(row["peers"]["tokio"], 0)
            self.assertIn("wrong bytes", row["reason"]["go"])
            self.assertIn("ended with code 7: cannot go on", row["reason"]["asio"])
            self.assertIn("hangs", row["reason"]["java"])
        # 200 and 600 microseconds and what Python adds. Other load makes the ratio noisy at times.
        figure = by_work["echo_cpu"]
        self.assertTrue(1.7 < figure["peers"]["tokio"] / figure["aside"] < 4)
        for name, value in (("aside", figure["aside"]), *figure["peers"].items()):
            if value:
                self.assertAlmostEqual(
                    figure["server_ns"][name] / figure["client_ns"][name] / value, 1, delta=0.5)
        cost = by_work["echo"]["cpu_us"]
        self.assertTrue(200 < cost["aside"] < 450, cost)
        self.assertTrue(1.7 < cost["tokio"] / cost["aside"] < 3.1, cost)

    def test_system_calls_of_a_server(self):
        self.home.client().add("aside")
        rows, out, err = self.run_versus([fakes.ECHO_CPU, fakes.ECHO_SYSCALLS], "--quick")
        if syscalls.why_not():
            self.assertEqual(rows[1]["reason"]["aside"], syscalls.why_not())
            self.assertIn("are not counted", err)
        else:
            self.assertTrue(2 <= rows[1]["aside"] <= 3.1, out)  # recv, send, and epoll_wait for some

    def test_the_report_is_one_file_and_says_all(self):
        self.home.add("aside").add("tokio", "spin_us=2000")
        self.run_versus([fakes.TOIL], "--quick")
        self.assertEqual(self.page.count("<circle"), 8)  # two lanes of two sessions of two rounds
        self.assertRegex(self.page, r"ratio (2\.0|1\.9)")
        for outside in ("http:", "https:", "<script", "src="):
            self.assertNotIn(outside, self.page)

    def test_what_the_load_generator_cannot_do_is_no_fault_of_the_servers(self):
        self.home.client().add("aside").add("tokio")
        rows = self.home.root / "rows.json"
        many = {**fakes.ECHO_CPU, "parameters": {"connections": 300, "size": 64}}
        with self.started([many], "--json", str(rows),
                          first=["bash", "-c", 'ulimit -n 200 && exec "$@"', "-"]) as command:
            self.addCleanup(command.kill)
            out, err = command.communicate(timeout=60)
        self.assertEqual(command.returncode, 1, err)
        row, = json.loads(rows.read_text())
        self.assertEqual(row["failed"], [])
        for name in ("aside", "tokio"):
            self.assertRegex(row["reason"][name], "^the load generator failed: .*300 connections need 316 ")
        self.assertIn("the load generator failed", out)

    def started(self, works, *options, first=()):
        """The command as a process of its own."""
        return subprocess.Popen(
            [*first, sys.executable, "-B", "-c", "import sys\nfrom driver import main, tasks\n"
             "tasks.UNTOLD_NS = 1 << 60\nsys.exit(main.main(sys.argv[1:]))", "versus", "--home", str(self.home.folder),
             "--out", str(self.home.out), "--quick", *options],
            env={**os.environ, "ASIDE_BENCH_WORKS": self.home.works(*works)}, text=True,
            cwd=fakes.HOME, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def living_peers(self):
        def where(pid):
            with contextlib.suppress(OSError):
                return os.readlink(f"/proc/{pid}/cwd")
        return [pid for pid in os.listdir("/proc") if pid.isdigit()
                and (where(pid) or "").startswith(str(self.home.out))]

    def test_what_a_signal_ends_keeps_its_rows_and_leaves_nobody_behind(self):
        self.home.add("aside").add("tokio", "fault=holds_for_ever")
        rows = self.home.root / "rows.json"
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.started([fakes.TOIL, fakes.WEIGH], "--json", str(rows)) as command:
                self.addCleanup(command.kill)
                for line in command.stderr:
                    if line.startswith("[1/2]"):
                        break
                second = subprocess.run(command.args, env={**os.environ}, cwd=fakes.HOME,
                                        capture_output=True, text=True, check=False)
                self.assertEqual(second.returncode, 2)
                self.assertIn(f"process {command.pid} builds or measures", second.stderr)
                command.send_signal(number)
                out, err = command.communicate(timeout=60)
            self.assertEqual(command.returncode, 128 + number, err)
            done, cut_off = json.loads(rows.read_text())
            self.assertIsNotNone(done["ratio"]["tokio"])
            self.assertIsNone(cut_off["aside"])
            self.assertEqual(cut_off["reason"]["tokio"], f"ended by {number.name}")
            self.assertIn("toil w2", out)
            self.assertEqual(self.living_peers(), [])

    def test_what_a_signal_kept_from_being_measured_has_rows_that_say_so(self):
        self.home.add("aside", engines={"epoll": {}, "uring": {}}).add("go", cannot={"workers": "one only"})
        self.home.add("tokio", "spin_us=1500000")
        rows = self.home.root / "rows.json"
        toil = {**fakes.TOIL, "shapes": ["natural", "blocked"]}
        with self.started([fakes.WEIGH, toil], "--json", str(rows), "--workers", "1,2", "--engine",
                          "epoll,uring") as command:
            self.addCleanup(command.kill)
            for line in command.stderr:
                if line.startswith("[2/6]"):
                    break
            command.send_signal(signal.SIGINT)
            _, err = command.communicate(timeout=60)
        self.assertEqual(command.returncode, 128 + signal.SIGINT, err)
        made = json.loads(rows.read_text())
        self.assertEqual([(each["work"], each["workers"], each["engine"]) for each in made],
                         [(work, workers, engine) for work, counts in (
                             ("weigh", [1, 2]), ("toil", [1]), ("toil_blocked", [1]), ("toil", [2]),
                             ("toil_blocked", [2])) for workers in counts
                          for engine in ("epoll", "uring")])
        for each in made[4:]:
            self.assertEqual((each["aside"], each["reason"]["aside"]), (None, "ended by SIGINT"))
        self.assertEqual(made[-1]["reason"]["go"], "one only")

    def test_rows_are_kept_as_they_are_made(self):
        self.home.add("aside").add("tokio", "fault=holds_for_ever")
        rows = self.home.root / "rows.json"
        rows.write_text("what was there")
        with self.started([fakes.TOIL, fakes.WEIGH], "--json", str(rows)) as command:
            self.addCleanup(command.kill)
            for line in command.stderr:
                if line.startswith("[1/2]"):
                    break
            end = time.monotonic() + 20
            while rows.read_text() == "what was there" and time.monotonic() < end:
                time.sleep(0.01)
            done, = json.loads(rows.read_text())
            self.assertEqual(done["work"], "toil")
            command.send_signal(signal.SIGINT)
            command.send_signal(signal.SIGINT)
            command.communicate(timeout=60)
        self.assertIn("toil", [each["work"] for each in json.loads(rows.read_text())])
        self.assertEqual(list(self.home.root.glob("*.partial")), [])

    def test_a_result_that_becomes_unwritable_costs_no_figures(self):
        self.home.add("aside").add("tokio")
        folder = self.home.root / "results"
        folder.mkdir()
        page = folder / "rows.html"
        with self.started([fakes.TOIL, fakes.WEIGH], "--json", str(folder / "rows.json"), "--html",
                          str(page)) as command:
            self.addCleanup(command.kill)
            command.stdout.readline()  # the header: from now on nothing is checked
            folder.rename(self.home.root / "away")
            out, err = command.communicate(timeout=60)
        self.assertEqual(command.returncode, 1, err)
        self.assertRegex(out, r"toil w2.*\nweigh w2 ")
        self.assertEqual(err.count("cannot write"), 2, err)
        self.assertIn(f"cannot write {page}: No such file or directory", err)

    def test_a_fault_of_the_driver_costs_one_work(self):
        self.home.add("aside").add("tokio")
        with mock.patch.object(tasks.HoldStation, "measure", side_effect=KeyError("units")):
            rows, _, err = self.run_versus([fakes.WEIGH, fakes.TOIL], "--quick", code=1)
        self.assertEqual([each["work"] for each in rows], ["weigh", "toil"])
        self.assertEqual(rows[0]["reason"]["tokio"], "the driver failed: KeyError('units')")
        self.assertIsNotNone(rows[1]["ratio"]["tokio"])
        self.assertIn("Traceback", err)

    def test_a_signal_during_a_build_ends_all_of_it(self):
        self.home.add("aside", build='sleep 300 & echo $! >"$1/pid"; wait')
        told = self.home.out / "aside" / "pid"
        with self.started([fakes.TOIL]) as command:
            self.addCleanup(command.kill)
            end = time.monotonic() + 20
            while not (told.exists() and told.read_text()) and time.monotonic() < end:
                time.sleep(0.01)
            command.send_signal(signal.SIGTERM)
            command.communicate(timeout=60)
        self.assertEqual(command.returncode, 128 + signal.SIGTERM)
        programs_test.gone(self, int(told.read_text()))

    def test_what_cannot_be_counted_is_said_before_anything_is_started(self):
        self.home.client().add("aside", build="touch $1/built")
        with mock.patch.object(syscalls, "why_not", return_value="no rights"), \
                mock.patch.dict(os.environ, ASIDE_BENCH_WORKS=self.home.works(fakes.ECHO_SYSCALLS)), \
                contextlib.redirect_stderr(io.StringIO()) as err:
            self.assertEqual(main.main(["versus", "--home", str(self.home.folder), "--out",
                                        str(self.home.out)]), 2)
        self.assertEqual(err.getvalue(), "versus: no rights: nothing else is to be measured\n")
        self.assertFalse((self.home.out / "aside").exists())

    def test_the_seed_is_told_also_when_it_is_drawn(self):
        self.home.add("aside").add("java", warm_up_ms=3000)
        rows, out, _ = self.run_versus([fakes.TOIL], "--quick")
        self.assertEqual(rows[0]["machine"]["seed"], 1)
        self.assertIn("seed 1\n", out)
        self.assertIn("java: not warm: it asks for 3,000 ms and had 350", out)
        self.assertIn("not warm", self.page)
        self.assertTrue(0 <= rows[0]["others"] <= 1)

    def test_an_output_that_takes_nothing_is_one_line(self):
        self.home.add("aside")
        rows = self.home.root / "rows.json"
        for where, text, code in ((">/dev/full", "No space left on device", 2),
                                  (">&-", "stdout and stderr must be open", 2),
                                  ("| head -n 1 >/dev/null", "Broken pipe", 1)):
            script = f'set -o pipefail; "$@" --json {rows} {where}'
            with self.started([fakes.TOIL], first=["bash", "-c", script, "-"]) as command:
                self.addCleanup(command.kill)
                _, err = command.communicate(timeout=60)
            self.assertEqual(command.returncode, code, err)
            self.assertIn(text, err.splitlines()[-1])
            self.assertNotIn("Traceback", err)
        self.assertEqual(json.loads(rows.read_text())[0]["work"], "toil")

    def test_what_is_named_twice_is_measured_once(self):
        options = main.parser([], ["go"]).parse_args(
            ["versus", "--engine", "uring,epoll,uring", "--workers", "2,2,1", "--peers", "go,go"])
        self.assertEqual((options.engine, options.workers, options.peers),
                         (["uring", "epoll"], [2, 1], ["go"]))

    def test_numbers_of_workers_that_are_none(self):
        for text in ("two", "0", "-1", "1,x", "1.5"):
            with contextlib.redirect_stderr(io.StringIO()) as err, \
                    self.assertRaises(SystemExit) as ended:
                main.main(["versus", f"--workers={text}"])
            self.assertEqual(ended.exception.code, 2)
            self.assertIn("1 or more, several as in 1,2,4", err.getvalue())

    def test_names_that_are_unknown(self):
        for words in (["versus", "--work", "nothing"], ["versus", "--peers", "mine"],
                      ["versus", "--work", ""], ["versus", "--peers", ","],
                      ["versus", "--only", "fun"], ["versus", "--engine", "poll"], []):
            with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as ended:
                main.main(words)
            self.assertEqual(ended.exception.code, 2)


if __name__ == "__main__":
    unittest.main()
