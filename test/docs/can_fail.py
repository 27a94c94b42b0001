#!/usr/bin/env python3
"""check.py and shown.py report each fault that they are for, in a project of a few lines."""

import pathlib
import tempfile
import unittest

import check
import shown

PAGE = """# Page

See [the index](../README.md).

<!-- code: greet -->
```cpp
greet();
```

<!-- output -->
```text
hello
```

<!-- refused: 01_wrong -->
```cpp
wrong();
```

<!-- message: 01_wrong -->
```text
aside: wrong is wrong: write right
```

<!-- accepted: 01_wrong -->
```cpp
right();
```
"""
FILES = {
    "README.md": "# Project\n",
    "docs/README.md": "[page](concepts/a-page.md)\n",
    "docs/concepts/a-page.md": PAGE,
    "test/docs/concepts/a_page.cpp": "int main() {\n  // [greet]\n  greet();\n  // [/greet]\n}\n",
    "test/docs/concepts/a_page.txt": "well\nhello\n",
    "test/compile_fail/01_wrong_fail.cpp": "// expect: wrong is wrong\n\n"
    "#ifdef ASIDE_FIXED\n  right();\n#else\n  wrong();\n#endif\n",
    "include/aside/wrong.hpp": "#pragma once\n"
    "namespace aside::inline ASIDE_ABI {\nnamespace detail {\n"
    'void hidden();\nstatic_assert(true, "aside: wrong is wrong: "\n    "write right");\n'
    "}  // namespace detail\n"
    "enum class colour : int {\n};\n"
    "template <class T>\ndetail::kept<detail::of<T>> keep(task<T> t);\n"
    "inline constexpr detail::caller call{};\n}  // namespace aside::inline ASIDE_ABI\n",
    "examples/01.cpp": "auto c = aside::colour(); // aside::unused\naside::keep(aside::call);\n",
}


class Faults(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        for name, text in FILES.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)

    def change(self, name, before, after):
        path = self.root / name
        self.assertIn(before, path.read_text())
        path.write_text(path.read_text().replace(before, after))

    def faults(self, write=False):
        project = check.Project(self.root)
        project.check_all(write)
        return project.faults

    def check_one(self, text):
        faults = self.faults()
        self.assertEqual(len(faults), 1, faults)
        self.assertIn(text, faults[0])

    def test_a_sound_project_has_none(self):
        self.assertEqual(self.faults(), [])
        self.assertEqual(shown.faults_of(self.root), [])

    def test_code_out_of_date_is_found_and_written(self):
        self.change("test/docs/concepts/a_page.cpp", "greet();", "greet(1);")
        self.check_one("a-page.md:6: <!-- code: greet --> is out of date")
        self.faults(write=True)
        self.assertEqual(self.faults(), [])
        self.assertIn("greet(1);", (self.root / "docs/concepts/a-page.md").read_text())

    def test_every_other_copy_out_of_date(self):
        for before, after, text in (
            ("  right();", "  better();", "accepted: 01_wrong"),
            ("  wrong();", "  worse();", "refused: 01_wrong"),
        ):
            self.change("test/compile_fail/01_wrong_fail.cpp", before, after)
            self.check_one(text)
            self.change("test/compile_fail/01_wrong_fail.cpp", after, before)
        self.change("include/aside/wrong.hpp", "write right", "write it right")
        self.check_one("message: 01_wrong")

    def test_output_that_nothing_prints(self):
        self.change("test/docs/concepts/a_page.txt", "hello", "hallo")
        self.check_one("no program of this page prints these lines")

    def test_a_missing_region_and_a_missing_case(self):
        self.change("docs/concepts/a-page.md", "code: greet", "code: meet")
        self.assertIn("0 programs of this page have a region [meet], not one", self.faults()[0])
        self.change("docs/concepts/a-page.md", "code: meet", "refused: 02_other")
        self.assertIn("there is no 02_other_fail.cpp", self.faults()[0])

    def test_a_region_that_no_page_shows_or_that_does_not_end(self):
        self.change("test/docs/concepts/a_page.cpp", "}\n", "// [more]\n// [/more]\n}\n")
        self.check_one("a_page.cpp: no page shows [more]")
        self.change("test/docs/concepts/a_page.cpp", "// [/more]\n", "")
        self.assertIn("[more] has no end", self.faults()[0])

    def test_unmarked_and_indented_code(self):
        self.change("README.md", "# Project\n", "# Project\n\n```cpp\nint i;\n```\n")
        self.check_one("README.md:3: C++ that nothing compiles")
        self.change("README.md", "```cpp\nint i;\n```\n", "    int i;\n")
        self.check_one("README.md:3: indented code")

    def test_links_and_the_index(self):
        self.change("docs/concepts/a-page.md", "(../README.md)", "(../MISSING.md)")
        self.check_one("a-page.md:3: a link to ../MISSING.md, which is not there")
        self.change("docs/concepts/a-page.md", "(../MISSING.md)", "(../README.md#top)")
        self.change("docs/README.md", "[page](concepts/a-page.md)", "nothing")
        self.check_one("docs/README.md does not name concepts/a-page.md")

    def test_names_that_no_example_uses(self):
        self.assertEqual(shown.public_headers(self.root), {"wrong.hpp": ["colour", "keep", "call"]})
        self.change("examples/01.cpp", "aside::keep", "keep")
        wrong = "include/aside/wrong.hpp: no example uses "
        self.assertEqual(shown.faults_of(self.root), [wrong + "keep"])
        self.change("include/aside/wrong.hpp", "namespace detail {\n", "")
        self.assertIn(wrong + "hidden", shown.faults_of(self.root))


if __name__ == "__main__":
    unittest.main()
