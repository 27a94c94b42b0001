#!/usr/bin/env python3
"""Breaks each rule of check.py in a small tree of its own and expects to be told."""

import argparse
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check  # noqa: E402

LAYERS = "base\nstop\ntask\nsync time driver\nsched\nscope\nio\nnet\nhttp\ncompute observe\napps\n"
PUBLIC = ("aside.hpp umbrella\nconfig.hpp base\ndetail/atomic.hpp base\ntask.hpp task\n"
          "event.hpp sync\nhttp/ http\n")
GOOD = {
    "include/aside/config.hpp": "#pragma once\n",
    "include/aside/detail/atomic.hpp": "#pragma once\n#include <atomic>\nusing a = std::atomic<int>;\n",
    "include/aside/task.hpp": "#pragma once\n#include <aside/config.hpp>\n",
    "include/aside/event.hpp": "#pragma once\n#include <aside/task.hpp>\n",
    "include/aside/http/parser.hpp": "#pragma once\n#include <aside/task.hpp>\n#include <span>\n",
    "include/aside/aside.hpp": "#pragma once\n#include <aside/event.hpp>\n#include <span>\n",
    "src/base/clock.cpp": "#include <time.h>\n#include <atomic>\n"
                          "int f() { timespec t; return clock_gettime(1, &t); }\nstd::atomic<int> a;\n",
    "src/task/task.hpp": "// std::atomic and clock_gettime are only named here\n"
                         "#include <aside/task.hpp>\n",
    "src/sync/event.cpp": '#include "task/task.hpp"\n#include <aside/event.hpp>\n',
    "src/driver/epoll/engine.hpp": "#include <sys/epoll.h>\n",
    "src/driver/epoll/engine.cpp": '#include "driver/epoll/engine.hpp"\n',
    "src/sched/core.cpp": '#include "sync/event.hpp"\n#include "driver/epoll/engine.hpp"\n',
    "apps/aside/main.cpp": '#include <aside/aside.hpp>\n#include "demo/demo.hpp"\n',
    "apps/aside/demo/demo.hpp": "#include <atomic>\nstd::atomic<int> n;\n",
}
# What the compiler sees in tests that need it: compiling is most of the time that these tests take.
GOOD_HEADERS = {
    "include/aside/event.hpp": "#pragma once\nstruct event {};\n",
    "include/aside/aside.hpp": "#pragma once\n#include <aside/event.hpp>\n",
}


class Layering(unittest.TestCase):
    compiler = None

    def check(self, tree, compiler=None, layers=LAYERS, public=PUBLIC, kept=None):
        """A checker that has looked at `tree` {path: text}."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            (root / "layers.txt").write_text(layers)
            (root / "public_headers.txt").write_text(public)
            for name, text in tree.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            checker = check.Checker(root, root)
            checker.run(compiler, kept)
            return checker

    def errors(self, files=None, **options):
        """What the check says about the good tree with `files` changed."""
        return self.check({**GOOD, **(files or {})}, **options).errors

    def compiled(self, files=None, kept=None):
        """Of the small tree with `files` changed: (names of the headers compiled, errors)."""
        checker = self.check({**GOOD_HEADERS, **(files or {})}, self.compiler, kept=kept)
        return [path.name for path in checker.compiled], checker.errors

    def expect(self, path, text, fragment):
        found = self.errors({path: text})
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(path), found)
        self.assertIn(fragment, found[0])

    def test_good_trees_pass(self):
        self.assertEqual(self.errors(), [])
        self.assertEqual(self.compiled(), (["aside.hpp", "event.hpp"], []))

    def test_include_that_points_back(self):
        self.expect("src/task/x.cpp", '#include "sched/core.hpp"\n', "task may not include sched")

    def test_include_of_a_sibling(self):
        self.expect("src/sync/x.cpp", '#include "driver/epoll/engine.hpp"\n',
                    "sync may not include driver")

    def test_later_public_header(self):
        self.expect("src/task/x.cpp", "#include <aside/event.hpp>\n", "task may not include sync")
        self.expect("include/aside/config.hpp", "#include <aside/task.hpp>\n",
                    "base may not include task")

    def test_library_includes_apps_or_umbrella(self):
        self.expect("src/net/x.cpp", "#include <aside/aside.hpp>\n", "its own umbrella")

    def test_parent_folder(self):
        self.expect("src/net/x.cpp", '#include "../base/clock.hpp"\n', "not at `..`")

    def test_private_header_in_public_header(self):
        self.expect("include/aside/event.hpp", '#include "task/task.hpp"\n', "<aside/…> only")

    def test_system_header_in_public_header(self):
        for name in ("liburing.h", "sys/socket.h", "linux/io_uring.h"):
            self.expect("include/aside/event.hpp", f"#include <{name}>\n", "operating system header")

    def test_header_without_a_layer(self):
        self.expect("include/aside/new.hpp", "#pragma once\n", "has no layer")
        self.expect("src/novel/x.cpp", "\n", "has no layer")

    def test_unknown_layer_in_the_table(self):
        self.assertIn("no layer `tsak`", self.errors(public=PUBLIC.replace("hpp task", "hpp tsak"))[0])

    def test_clock_and_randomness(self):
        for call in ("::clock_gettime(1, &t)", "std::chrono::steady_clock::now()", "::time(nullptr)",
                     "std::random_device{}", "getrandom(p, 8, 0)"):
            self.expect("src/sched/x.cpp", f"auto f() {{ return {call}; }}\n", "clock and randomness")

    def test_clock_types_are_fine(self):
        text = "void f(std::chrono::steady_clock::time_point when, time_t time);\n"
        self.assertEqual(self.errors(files={"src/sched/x.cpp": text}), [])

    def test_atomics(self):
        for use in ("std::atomic<int> a;", "std::atomic_ref<int> a(b);", "#include <atomic>",
                    "auto o = std::memory_order_relaxed;", "int a = __atomic_load_n(&b, 0);"):
            self.expect("src/sched/x.cpp", use + "\n", "atomics only")

    def test_long_file(self):
        self.expect("test/unit/x_test.cpp", "\n" * 601, "601 lines")
        self.assertEqual(self.errors(files={"test/unit/x_test.cpp": "\n" * 600}), [])

    def test_header_that_needs_another(self):
        needy = {"include/aside/http/parser.hpp": "#pragma once\ninline event e;\n"}
        _, found = self.compiled(needy)
        self.assertEqual(len(found), 1, found)
        self.assertIn("parser.hpp:1: does not compile alone", found[0])
        self.assertIn("event", found[0])

    def test_heavy_header_in_the_umbrella(self):
        heavy = sorted(check.NOT_IN_UMBRELLA)
        text = "#pragma once\n" + "".join(f"#include <{name}>\n" for name in heavy)
        _, found = self.compiled({"include/aside/event.hpp": text})
        for name in heavy:
            self.assertTrue(any(f"pulls in <{name}> by event.hpp" in e for e in found), found)

    def test_only_what_passed_unchanged_is_not_compiled_again(self):
        needy = {"include/aside/task.hpp": "#pragma once\ninline event e;\n"}
        with tempfile.TemporaryDirectory() as kept:
            def look(files):
                names, errors = self.compiled(files, kept)
                return names, len(errors)
            everything = ["aside.hpp", "event.hpp", "task.hpp"]
            self.assertEqual(look(needy), (everything, 1))
            self.assertEqual(look(needy), (["task.hpp"], 1))
            mended = {"include/aside/task.hpp": "#pragma once\nstruct task {};\n"}
            self.assertEqual(look(mended), (everything, 0))
            self.assertEqual(look(mended), ([], 0))
            self.assertEqual(look(needy), (everything, 1))

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True)
    options, rest = parser.parse_known_args()
    Layering.compiler = options.compiler
    unittest.main(argv=[sys.argv[0], *rest])
