#!/usr/bin/env python3
"""Installs the build into a temporary folder and uses it as a stranger would: takes the echo server
out of README.md, builds it by find_package and by pkg-config, runs it and talks to it."""

import argparse
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
MARKER = "<!-- example: echo -->"
README_ADDRESS = "127.0.0.1:7000"
HTTP_EXAMPLE = "30_http_events"
COMPUTE_EXAMPLE = "15_compute"
LIMIT = 30


def run(*command, **options):
    result = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, check=False, **options)
    if result.returncode != 0:
        words = " ".join(str(c) for c in command)
        raise AssertionError(f"{words}\nfailed with {result.returncode}:\n{result.stdout}")
    return result.stdout


def readme_program(source):
    text = (source / "README.md").read_text()
    match = re.search(re.escape(MARKER) + r"\s*```cpp\n(.*?)```", text, re.S)
    if not match:
        raise AssertionError(f"README.md has no ```cpp block after `{MARKER}`")
    if README_ADDRESS not in match.group(1):
        raise AssertionError(f"README.md's echo server does not listen on {README_ADDRESS}")
    return match.group(1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connect(port, server):
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise AssertionError(f"the echo server ended with {server.returncode} at once")
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise AssertionError(f"nobody listens on port {port} after {LIMIT} s")


class Consumer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="aside_consumer_")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.prefix = cls.folder / "prefix"
        run(OPTIONS.cmake, "--install", OPTIONS.build, "--prefix", cls.prefix)
        cls.port = free_port()
        cls.project = cls.folder / "project"
        cls.project.mkdir()
        shutil.copy(HERE / "CMakeLists.txt", cls.project)
        program = readme_program(OPTIONS.source)
        (cls.project / "echo.cpp").write_text(
            program.replace(README_ADDRESS, f"127.0.0.1:{cls.port}"))

    def check_echo(self, program):
        libraries = ":".join({str(p.parent) for p in self.prefix.rglob("libaside.so")})
        server = subprocess.Popen([program], stdin=subprocess.DEVNULL,
                                  env={**os.environ, "LD_LIBRARY_PATH": libraries})
        try:
            with connect(self.port, server) as peer:
                peer.settimeout(LIMIT)
                peer.sendall(b"hello, stranger")
                peer.shutdown(socket.SHUT_WR)
                answer = b""
                while piece := peer.recv(4096):
                    answer += piece
            self.assertEqual(answer, b"hello, stranger")
            server.send_signal(signal.SIGINT)
            self.assertEqual(server.wait(LIMIT), 128 + signal.SIGINT)
        finally:
            if server.poll() is None:
                server.kill()
                server.wait()

    def test_find_package(self):
        build = self.folder / "build"
        run(OPTIONS.cmake, "-S", self.project, "-B", build, "-G", "Ninja",
            f"-DCMAKE_CXX_COMPILER={OPTIONS.compiler}", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            "-DCMAKE_BUILD_TYPE=Release")
        run(OPTIONS.cmake, "--build", build)
        self.check_echo(build / "echo")

    def test_pkg_config(self):
        folders = [str(p.parent) for p in self.prefix.rglob("aside.pc")]
        self.assertEqual(len(folders), 1, folders)
        environment = {**os.environ, "PKG_CONFIG_PATH": folders[0]}
        words = ["--cflags", "--libs"]
        flags = run("pkg-config", *words, "aside", env=environment).split()
        program = self.folder / "echo"
        run(OPTIONS.compiler, "-std=c++23", "-O2", self.project / "echo.cpp", "-o", program, *flags)
        self.check_echo(program)

    def configure(self, name, find_package, rest="",
                  program="#include <aside/config.hpp>\nint main() {}\n"):
        """Configures and builds a project of a few lines that says `find_package`."""
        project = self.folder / name
        project.mkdir()
        (project / "main.cpp").write_text(program)
        (project / "CMakeLists.txt").write_text(
            f"cmake_minimum_required(VERSION 3.25)\nproject({name} LANGUAGES CXX)\n"
            f"find_package({find_package})\n{rest}\n")
        run(OPTIONS.cmake, "-S", project, "-B", project / "build", "-G", "Ninja",
            f"-DCMAKE_CXX_COMPILER={OPTIONS.compiler}", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run(OPTIONS.cmake, "--build", project / "build")

    def check_prints(self, program, example):
        libraries = ":".join({str(p.parent) for p in self.prefix.rglob("libaside.so")})
        printed = run(program, env={**os.environ, "LD_LIBRARY_PATH": libraries}, timeout=LIMIT)
        expected = OPTIONS.source / "test" / "examples" / f"{example}.txt"
        printed = re.sub(r"Date: .* GMT", "Date: now", printed)  # HTTP's answers
        self.assertEqual(printed, expected.read_text())

    def test_component_http(self):
        self.configure("with_http", "aside 0.1 REQUIRED COMPONENTS http",
                       "add_executable(with_http main.cpp)\n"
                       "target_link_libraries(with_http PRIVATE aside::http)",
                       (OPTIONS.source / "examples" / f"{HTTP_EXAMPLE}.cpp").read_text())
        self.check_prints(self.folder / "with_http" / "build" / "with_http", HTTP_EXAMPLE)

    def build_by_pkg_config(self, package, example):
        folder = next(self.prefix.rglob(f"{package}.pc")).parent
        flags = run("pkg-config", "--cflags", "--libs", package,
                    env={**os.environ, "PKG_CONFIG_PATH": str(folder)}).split()
        program = self.folder / package
        run(OPTIONS.compiler, "-std=c++23", "-O2",
            OPTIONS.source / "examples" / f"{example}.cpp", "-o", program, *flags)
        return program

    def test_pkg_config_http(self):
        self.check_prints(self.build_by_pkg_config("aside-http", HTTP_EXAMPLE), HTTP_EXAMPLE)

    def test_component_compute(self):
        self.configure("with_compute", "aside 0.1 REQUIRED COMPONENTS compute",
                       "add_executable(with_compute main.cpp)\n"
                       "target_link_libraries(with_compute PRIVATE aside::compute)",
                       (OPTIONS.source / "examples" / f"{COMPUTE_EXAMPLE}.cpp").read_text())
        self.check_prints(self.folder / "with_compute" / "build" / "with_compute", COMPUTE_EXAMPLE)

    def test_pkg_config_compute(self):
        self.check_prints(self.build_by_pkg_config("aside-compute", COMPUTE_EXAMPLE),
                          COMPUTE_EXAMPLE)

    def test_core_needs_no_tbb(self):
        folder = next(self.prefix.rglob("aside.pc")).parent
        flags = run("pkg-config", "--cflags", "--libs", "aside",
                    env={**os.environ, "PKG_CONFIG_PATH": str(folder)})
        self.assertNotIn("tbb", flags)
        self.assertNotIn("TBB", next(self.prefix.rglob("aside_targets.cmake")).read_text())

    def test_unknown_component(self):
        with self.assertRaisesRegex(AssertionError, "no component http3; there is: http, compute"):
            self.configure("unknown_component", "aside REQUIRED COMPONENTS http3")

    def test_version_is_checked(self):
        with self.assertRaisesRegex(AssertionError, "considered but not accepted"):
            self.configure("wrong_version", "aside 0.2 REQUIRED")

    def test_nothing_installed_names_the_source_folder(self):
        source = str(OPTIONS.source).encode()
        named = [str(p.relative_to(self.prefix)) for p in self.prefix.rglob("*")
                 if p.is_file() and source in p.read_bytes()]
        self.assertEqual(named, [])

    def test_public_headers_only(self):
        include = self.prefix / "include"
        self.assertEqual([p.name for p in include.iterdir()], ["aside"])
        for header in include.rglob("*.hpp"):
            self.assertTrue((OPTIONS.source / "include" / header.relative_to(include)).exists())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--cmake", default="cmake")
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
