"""The driver's programs, machine, peers and plans, with the real kernel behind them, and its texts."""

import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from unittest import mock

from driver import ending, environment, files, machine, main, peer, plan, program, progress
from driver import readme, row, servers, syscalls, table
from driver import works as descriptions
from driver.program import Failed, Program
from driver.tests import fakes

HOME = pathlib.Path(__file__).resolve().parents[2]
YIELD = descriptions.Work("yield_many", "tasks", "tasks", "us", False, tasks=200, sum="a*workers",
                          parameters={"a": 5})


class Programs(unittest.TestCase):
    def start(self, code, **options):
        program = Program([sys.executable, "-c", code], machine.cpus()[:1], **options)
        self.addCleanup(program.close)
        return program

    def test_what_goes_wrong_has_a_name(self):
        for code, text in (("import sys; sys.exit('no luck')", "ended with code 1: no luck"),
                           ("import os; os.kill(os.getpid(), 11)", "died of SIGSEGV"),
                           ("print('hello')", "said “hello” instead of “ready”")):
            with self.assertRaises(Failed) as failure:
                self.start(code).expect("ready", 20)
            self.assertIn(text, str(failure.exception))
        with self.assertRaises(Failed) as failure:
            self.start("input()").expect("ready", 0.1)
        self.assertIn("hangs", str(failure.exception))
        with self.assertRaises(Failed) as failure:
            Program(["/no/such/program"], machine.cpus())
        self.assertIn("does not start", str(failure.exception))
        for cpus, batch in (([4000], False), ([4000], True)):
            with self.assertRaises(Failed) as failure:
                Program(["true"], cpus, batch)
            self.assertIn("true does not start: not allowed on CPUs [4000]", str(failure.exception))

    def test_a_command_that_is_cut_off_leaves_none_of_those_it_started(self):
        with tempfile.TemporaryDirectory() as folder:
            told = pathlib.Path(folder, "pid")
            with self.assertRaises(subprocess.TimeoutExpired):
                program.run(["bash", "-c", f"sleep 300 & echo $! >{told}; wait"], 1)
            gone(self, int(told.read_text()))

    def test_it_and_its_threads_are_where_they_were_put(self):
        code = ("import os, threading\n"
                "def say(): print(os.sched_getaffinity(0), os.sched_getscheduler(0), flush=True)\n"
                "thread = threading.Thread(target=say); thread.start(); thread.join(); say()\n"
                "input()")
        program = self.start(code, batch=True)
        for _ in range(2):
            self.assertEqual(program.read(20), f"{ {machine.cpus()[0]} } {os.SCHED_BATCH}")

    def test_one_that_does_not_leave_is_ended_with_its_children(self):
        code = ("import subprocess, sys, time\n"
                "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
                "print('child', child.pid, flush=True); time.sleep(60)")
        program = self.start(code)
        child = int(program.expect("child", 20))
        self.assertEqual(machine.processes(program.pid), sorted([program.pid, child]))
        with mock.patch("driver.program.LEAVE_SECONDS", 0.1):
            program.close()
        end = time.monotonic() + 20
        while machine.processes(program.pid) and time.monotonic() < end:
            os.sched_yield()
        self.assertEqual(machine.processes(program.pid), [])


def gone(test, pid):
    end = time.monotonic() + 20
    while living(pid) and time.monotonic() < end:
        time.sleep(0.01)
    test.assertFalse(living(pid))


def living(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def asleep(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"


class Machine(unittest.TestCase):
    def test_processor_time_is_that_of_all_threads_also_of_those_that_ended(self):
        code = ("import sys, threading, time\n"
                "def spin():\n"
                "  end = time.thread_time() + 0.1\n"
                "  while time.thread_time() < end: pass\n"
                "thread = threading.Thread(target=spin); thread.start(); thread.join()\n"
                "print('done', time.process_time_ns(), flush=True); input()")
        with Program([sys.executable, "-c", code], machine.cpus()) as program:
            told = int(program.expect("done", 30))
            # A thread that has been joined may still be on its way out of the kernel.
            end = time.monotonic() + 20
            while len(os.listdir(f"/proc/{program.pid}/task")) > 1 and time.monotonic() < end:
                os.sched_yield()
            measured = machine.processor_ns([program.pid])
            living = machine.schedstat_ns(program.pid)
        self.assertGreaterEqual(measured, told)
        self.assertLess(measured - told, 50_000_000)
        self.assertGreaterEqual(measured - living, 90_000_000)

    def test_it_agrees_with_schedstat_while_all_threads_live(self):
        with Program([sys.executable, "-c", "print('ready', flush=True); input()"],
                     machine.cpus()) as program:
            program.expect("ready", 20)
            # It goes to sleep after it has spoken. Two equal readings alone may mean that it has no CPU.
            before = -1
            while (now := machine.processor_ns([program.pid])) != before or not asleep(program.pid):
                before = now
                os.sched_yield()
            self.assertAlmostEqual(machine.schedstat_ns(program.pid), now, delta=2_000_000)

    def test_private_memory(self):
        code = "import sys; x = bytearray(b'1') * 30_000_000; print('ready', flush=True); input()"
        with Program([sys.executable, "-c", code], machine.cpus()) as program:
            program.expect("ready", 20)
            weight = machine.private_bytes([program.pid])
        self.assertTrue(30_000_000 < weight < 60_000_000, weight)

    def test_idle_share(self):
        idle = machine.Idle()
        self.assertIsNone(idle.share())
        with idle:
            stop = threading.Event()
            threading.Thread(target=lambda: stop.wait(0.2) or stop.set()).start()
            while not stop.is_set():
                pass
        self.assertTrue(0 <= idle.share() < 0.9)

    def test_what_others_use_is_not_what_the_drivers_programs_do(self):
        spin = ("import time\nend = time.monotonic() + {}\nwhile time.monotonic() < end: pass")

        def other_share(command):
            with machine.Others() as others:
                subprocess.run(command, check=True)
            return others.share() * others.total

        ours = other_share([sys.executable, "-c", spin.format(1)])
        # A process that nobody waits for is not the driver's.
        with subprocess.Popen([sys.executable, "-c", spin.format(8)]) as other:
            theirs = other_share([sys.executable, "-c", spin.format(1)])
            other.kill()
        self.assertGreaterEqual(theirs, 0.2)
        self.assertIsNone(machine.Others().share())
        self.assertGreaterEqual(ours, 0)

    def test_perf_that_does_not_end_is_a_failure_with_a_name(self):
        with tempfile.TemporaryDirectory() as folder:
            fakes.Home.script(pathlib.Path(folder, "perf"), """trap '' INT
all="$*"; all=${all#*fd:}; fds=${all%% *}
while read -r word <&"${fds%,*}"; do echo ack >&"${fds#*,}"; done; exec sleep 60""")
            path = f"{folder}{os.pathsep}{os.environ['PATH']}"
            with mock.patch.dict(os.environ, PATH=path), \
                    mock.patch.object(syscalls, "ANSWER_SECONDS", 0.5), \
                    syscalls.Counter([os.getpid()]) as counter:
                counter.start()
                with self.assertRaises(Failed) as failure:
                    counter.stop()
        self.assertIn("perf hangs", str(failure.exception))

    def test_the_compiler_that_is_named_is_the_one_that_is_used(self):
        with tempfile.TemporaryDirectory() as folder:
            fakes.Home.script(pathlib.Path(folder, "mine"), 'echo "mine $1 $2"')
            with mock.patch.dict(os.environ, CXX=f"{folder}/mine -x"):
                self.assertEqual(environment.compiler(), "mine -x --version")

    def test_a_folder_that_cannot_be_held_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, ".in_use").mkdir()
            with ending.alone(pathlib.Path(folder)) as reason:
                self.assertRegex(reason, r"cannot use .*/\.in_use: Is a directory")
            with mock.patch.object(os, "open", side_effect=PermissionError(13, "No", "f")), \
                    ending.alone(pathlib.Path(folder)) as reason:
                self.assertEqual(reason, "cannot use f: No; did another user build here?")

    @unittest.skipIf(syscalls.why_not(), str(syscalls.why_not()))
    def test_system_calls_are_counted_exactly(self):
        code = ("import os\nprint('ready', flush=True)\n"
                "while input():\n  [os.getppid() for _ in range(1000)]\n"
                "  print('done', flush=True)")
        with Program([sys.executable, "-c", code], machine.cpus()) as program:
            program.expect("ready", 20)
            with syscalls.Counter([program.pid]) as counter:
                counter.start()
                program.ask("go", "done", 20)
                counted = counter.stop()
        self.assertTrue(1002 <= counted <= 1050, counted)  # and the read and the write


class Peers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = fakes.Home(folder.name)

    def peer(self, name):
        return peer.Peer(name, self.home.folder / name, self.home.out / name)

    def test_what_one_cannot_do(self):
        self.home.add("go", cannot={"http_static_4k": "no files", "workers": "one only",
                                    "echo_*_c10000": "too many"}, works=["yield_many"])
        go = self.peer("go")
        work = {each.name: each for each in descriptions.load(HOME / "works.json")}
        self.assertEqual(go.why_not(work["yield_many"], workers=2), "one only")
        self.assertIsNone(go.why_not(work["yield_many"], workers=1))
        self.assertEqual(go.why_not(work["ping_pong"]), peer.NO_WORK)
        self.assertEqual(go.why_not(work["hash_all_cores"], workers=2), peer.NO_PROGRAM)
        self.assertEqual(go.why_not(work["http_static_4k_cpu"]), "no files")
        self.assertEqual(go.why_not(work["echo_64_c10000_syscalls"]), "too many")
        self.assertIsNone(go.why_not(work["echo_64_c1000_syscalls"]))
        self.assertEqual(go.why_not(work["http_churn_10"]), peer.NO_PROGRAM)
        self.assertTrue(go.why_not(work["file_copy_1g"]).startswith("later"))
        self.assertIn("not there yet", self.peer("java").why_not(work["yield_many"]))

    def test_it_is_built_anew_when_it_has_changed_and_only_then(self):
        self.home.add("go", build='echo once >>"$1/builds"')
        builds = self.home.out / "go" / "builds"
        for _ in range(2):
            self.peer("go").build()
        self.assertEqual(builds.read_text(), "once\n")
        (self.home.folder / "go" / "more.go").write_text("package main")
        self.peer("go").build()
        self.assertEqual(builds.read_text(), "once\nonce\n")

    def test_where_the_checkout_lies_does_not_matter_to_what_has_changed(self):
        folder = self.home.root / "target" / "peer"
        (folder / "target").mkdir(parents=True)
        (folder / "a.rs").write_text("1")
        before = peer.digest([folder])
        (folder / "target" / "made").write_text("by cargo")
        self.assertEqual(peer.digest([folder]), before)
        (folder / "a.rs").write_text("2")
        self.assertNotEqual(peer.digest([folder]), before)

    def test_another_compiler_is_a_change(self):
        for variable in ("CC", "CXX"):
            digests = set()
            for value in ("true", "false"):
                with mock.patch.dict(os.environ, {variable: value}):
                    digests.add(peer.digest([]))
            self.assertEqual(len(digests), 2, variable)

    def test_what_it_lacks_is_the_reason_until_it_is_there(self):
        self.home.add("go", build="[ -e present ] || { echo 'go: go is missing' >&2; exit 1; }")
        first = self.peer("go")
        first.build()
        self.assertEqual(first.missing, "go is missing")  # whose name stands before it anyway
        (self.home.folder / "go" / "present").touch()
        second = self.peer("go")
        second.build()
        self.assertIsNone(second.missing)
        self.assertIn("Python 3", second.version)

    def test_a_build_that_writes_into_the_log_as_well_takes_no_reason_away(self):
        self.home.add("go", build='echo "a compiler says much" >"$1/build.log"; echo "see it" >&2; exit 1')
        go = self.peer("go")
        go.build()
        self.assertEqual(go.missing, "see it")

    def test_engines(self):
        self.home.add("aside", engines={"epoll": {"E": "1"}, "uring": {"E": "2"}})
        self.home.add("asio", engines={"epoll": {}}).add("go")
        all_ = peer.contestants([self.peer(name) for name in ("aside", "asio", "go")],
                                ["epoll", "uring"])
        self.assertEqual([each.name for each in all_],
                         ["aside@epoll", "aside@uring", "asio@epoll", "go"])
        self.assertEqual(all_[1].environment, {"E": "2"})
        self.assertEqual(peer.counterpart(all_, "asio", "uring").name, "asio@epoll")
        self.assertEqual(peer.counterpart(all_, "aside", "uring").name, "aside@uring")
        self.assertIsNone(peer.counterpart(all_, "java", "uring"))


class Plans(unittest.TestCase):
    def test_quick_has_every_work_of_the_group_and_three_alternations(self):
        works = [each for each in descriptions.load(HOME / "works.json") if not each.later]
        with tempfile.TemporaryDirectory() as folder:
            planner = plan.Planner(plan.QUICK, [], ["epoll"], pathlib.Path(folder), "load", None)
            for group in descriptions.GROUPS:
                mine = [each for each in works if each.group == group]
                with mock.patch.object(files, "words", return_value=1):
                    jobs = list(planner.jobs(mine))
                planned = [(phase.work.name, job.shape) for job in jobs for phase in job.phases]
                self.assertEqual(sorted(planned), sorted((each.name, shape) for each in mine
                                                         for shape in each.shapes))
                for job in jobs:
                    for phase in job.phases:
                        self.assertGreaterEqual(job.sessions * phase.rounds, 3)

    def test_nothing_is_started_for_what_cannot_be_counted(self):
        works = [each for each in descriptions.load(HOME / "works.json")
                 if each.name == "echo_64_c1_syscalls"]
        with tempfile.TemporaryDirectory() as folder:
            planner = plan.Planner(plan.QUICK, [], ["epoll"], pathlib.Path(folder), "load", "no perf")
            self.assertEqual(list(planner.jobs(works)), [])

    def test_works_say_how_many_idle_connections_each_effort_has(self):
        idle = [each for each in descriptions.load(HOME / "works.json") if each.kind == "idle"]
        self.assertEqual(len(idle), 2)
        for work in idle:
            self.assertEqual(plan.FULL.most_idle, work.parameters["to"])
            self.assertIn(f"from {work.parameters['from']:,} to {plan.FULL.most_idle:,} (--quick: to "
                          f"{plan.QUICK.most_idle:,})", work.does)

    def test_the_size_that_a_server_is_told(self):
        works = {each.name: each for each in descriptions.load(HOME / "works.json")}
        entry = mock.Mock(engine=None)
        for name, size in (("idle_tcp_bytes", 64), ("idle_server_cpu", 64), ("echo_4096_c1", 4096),
                           ("busy_among_idle_p999", 64)):
            with mock.patch.object(servers, "Program"):
                servers.start_server(entry, works[name], servers.Placement(True), "/root")
            self.assertIn(f"size={size}", entry.command.call_args.args[1], name)

    def test_words_are_counted_as_they_lie_in_the_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "words"
            for size in (5000, (1 << 20) + 777, 3 << 20):
                count = files.words(path, size)
                self.assertEqual(path.stat().st_size, size)
                self.assertEqual(count, len(path.read_bytes().split()))


class Command(unittest.TestCase):
    def test_help_installs_and_builds_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            scripts = pathlib.Path(folder, "scripts")
            scripts.mkdir()
            shutil.copy(main.ROOT / "scripts" / "bench", scripts)
            pathlib.Path(folder, "bench").symlink_to(main.ROOT / "bench")
            for name in ("setup", "build"):
                fakes.Home.script(scripts / name, 'echo "$0 is called" >&2; exit 9')
            for words in (["ask"], ["instructions"], ["neighbours"], ["versus"], ["setup"], ["readme"]):
                done = subprocess.run([scripts / "bench", *words, "--help"], capture_output=True,
                                      text=True, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""), words)
                self.assertIn("usage: ", done.stdout)
            done = subprocess.run([scripts / "bench", "instructions"], capture_output=True, check=False)
            self.assertEqual(done.returncode, 9)


class Texts(unittest.TestCase):
    def test_progress_is_plain_lines_without_a_terminal(self):
        stream = io.StringIO()
        shown = progress.Progress(stream, 2)
        shown.begin("yield_many")
        shown.say("round 1")
        shown.end("3 of 3 answered")
        self.assertRegex(stream.getvalue(), r"^\[1/2\] yield_many: 3 of 3 answered, \d\.\d s\n$")

    def test_numbers(self):
        for value, text in ((None, "–"), (0, "0"), (1234567.8, "1,234,568"), (12.345, "12.3"),
                            (0.12345, "0.12")):
            self.assertEqual(table.number(value), text)

    def test_the_readmes_table(self):
        made = {"work": "yield_many", "group": "tasks", "workers": 2, "engine": "epoll", "unit": "us",
                "higher_is_better": False, "aside": 1234.5,
                "peers": {"tokio": 2469.0, "go": 1000.0, "java": 5.0},
                "ratio": {"tokio": 2.0, "go": 0.81, "java": None},
                "interval": {"tokio": [1.9, 2.1], "go": [0.79, 0.83], "java": [0.5, 2]},
                "reason": {}, "versions": {"tokio": "1.0"},
                "machine": {"date": "today", "cpus": 2, "cpu": "C", "kernel": "6", "commit": "abc"}}
        text = readme.markdown([made, {**made, "engine": "uring"}])
        self.assertIn("| `yield_many`, 2 workers | 1,234 us ↓ | 2.00 ±5% | **0.81 ±2%** | noisy |", text)
        self.assertEqual(text.count("yield_many"), 1)
        other = {**made, "workers": 1, "machine": {**made["machine"], "commit": "def"}}
        text = readme.markdown([made, other])
        self.assertIn("commit def (`yield_many`, 1 worker); today, 2 × C, kernel 6, commit abc "
                      "(`yield_many`, 2 workers).", text)
        self.assertIn("no figures yet", readme.markdown([]))
        page = f"a\n{readme.BEGIN}\nold\n{readme.END}\nb"
        self.assertEqual(readme.replaced(page, "new\n"),
                         f"a\n{readme.BEGIN}\nnew\n{readme.END}\nb")
        self.assertIsNone(readme.replaced("no markers", "new"))

    def test_the_readme_takes_full_rows_only(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            results = root / "bench" / "results"
            results.mkdir(parents=True)
            (root / "README.md").write_text(f"{readme.BEGIN}\n{readme.END}\n")
            made = row.empty(YIELD, 2, "natural", "epoll", [], {"versions": {}, "machine": {
                "date": "today", "cpus": 2, "cpu": "C", "kernel": "6", "commit": "abc"}})
            for effort, there in (("quick", False), ("full", True)):
                made["aside"], made["machine"]["effort"] = 1, effort
                (results / "a.json").write_text(json.dumps([made]))
                said = io.StringIO()
                with mock.patch.object(sys, "stderr", said):
                    self.assertEqual(readme.main(root, check=False), 0)
                self.assertEqual("yield_many" in (root / "README.md").read_text(), there)
                self.assertEqual("1 of 1 rows" in said.getvalue(), not there)
                self.assertEqual("no row of yield_many with workers = 2," in said.getvalue(), not there)
                self.assertIn("no row of echo_64_c1_cpu with workers = 1,", said.getvalue())

    def test_a_result_that_is_broken_is_named_in_one_line(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            file = root / "bench" / "results" / "a.json"
            file.parent.mkdir(parents=True)
            (root / "README.md").write_text("")
            for text, why in (("[{", "Expecting"), ("{}", "is no list of rows"), ("[1]", "is no list of rows")):
                file.write_text(text)
                with mock.patch.object(sys, "stderr", io.StringIO()) as said:
                    self.assertEqual(readme.main(root, check=True), 1)
                self.assertRegex(said.getvalue(), f"^readme: {file}: {why}.*\n$")

    def test_the_readme_is_that_of_the_results(self):
        self.assertEqual(readme.main(main.ROOT, check=True), 0)


if __name__ == "__main__":
    unittest.main()
