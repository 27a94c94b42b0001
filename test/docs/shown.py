#!/usr/bin/env python3
"""Every public name of the library is used by an example.

    python3 test/docs/shown.py             # says which name of which header no example uses
    python3 test/docs/shown.py --list      # every public header with its names

Public is what a header declares in its first column outside of a namespace detail; of detail/ only
check.hpp, for the names that users specialise. Used is `aside::name` or `http::name` in the code of
examples/*.cpp, comments apart.
"""

import argparse
import pathlib
import re
import sys

SKIPPED = ("template", "static_assert")
NOISE = re.compile(r"\[\[.*?\]\] ?|\bASIDE_\w+ ")
TYPE = re.compile(r"(?:enum class|class|struct) (\w+)(?: final)?(?: :.*)?(?: \{|;)$")
TYPE_NAME_ALONE = re.compile(r"(\w+) \{$")
CONCEPT = re.compile(r"concept (\w+) =")
ALIAS = re.compile(r"using (\w+) =")
OBJECT = re.compile(r"inline constexpr [^={]*?(\w+)(?:\{| =)")
FUNCTION = re.compile(r"[^(={]*?(?<!::)\b(\w+)\(")
COMMENT = re.compile(r"//.*$", re.M)

ONLY_OF_DETAIL = "detail/check.hpp"
NAMELESS = {
    "aside.hpp": "includes the others",
    "time.hpp": "includes the others",
    "config.hpp": "macros of the build",
    "net/byte_op.hpp": "what pipes and Unix sockets share",
    "net/io_leaf.hpp": "what the socket operations share",
    "net/peer_starter.hpp": "what the listeners share",
    "net/stream_socket.hpp": "what the streams of sockets share",
    "net/tcp_listener.hpp": "bodies of net/listener.hpp",
    "net/unix_listener.hpp": "bodies of net/unix_listening.hpp",
}
NOT_SPELT_OUT = {
    "make_error_code": "std::error_code calls it",
    "memory_pipe_ends": "what memory_pipe gives: auto [reader, writer]",
    "memory_stream_ends": "what memory_streams gives: auto [near, far]",
    "oneshot_pair": "what oneshot gives: auto [send, receive]",
    "serve_connection_fn": "the type of serve_connection",
}


def declared(text):
    """The public names of a header, in order."""
    names = []
    public = True
    for line in text.splitlines():
        space = re.match(r"namespace ([\w: ]+)? ?\{", line)
        if space:
            public = "aside" in line and "detail {" not in line
        elif line.startswith("}  // namespace"):
            public = "detail" in line or not line.endswith("std")
        elif public and re.match(r"[a-z\[A]", line) and not line.startswith(SKIPPED):
            line = NOISE.sub("", line)
            for kind in (TYPE, TYPE_NAME_ALONE, CONCEPT, ALIAS, OBJECT, FUNCTION):
                found = kind.match(line)
                if found:
                    if "operator" not in line and found.group(1) not in names:
                        names.append(found.group(1))
                    break
    return names


def public_headers(root):
    """{path below include/aside: names} of every header that users include."""
    include = root / "include" / "aside"
    found = {}
    for path in sorted(include.rglob("*.hpp")):
        name = str(path.relative_to(include))
        if not name.startswith("detail/") or name == ONLY_OF_DETAIL:
            found[name] = declared(path.read_text())
    return found


def used_names(root):
    examples = sorted((root / "examples").glob("*.cpp"))
    text = "".join(COMMENT.sub("", path.read_text()) for path in examples)
    return set(re.findall(r"\b(?:aside|http)::(\w+)", text))


def faults_of(root):
    used = used_names(root)
    seen = set()
    faults = []
    for header, names in public_headers(root).items():
        if not names and header not in NAMELESS:
            faults.append(f"include/aside/{header}: no public name is found in it")
        for name in names:
            if name not in used and name not in NOT_SPELT_OUT and name not in seen:
                faults.append(f"include/aside/{header}: no example uses {name}")
            seen.add(name)
    return faults


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    here = pathlib.Path(__file__).resolve()
    parser.add_argument("--root", type=pathlib.Path, default=here.parent.parent.parent)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        for header, names in public_headers(options.root).items():
            print(header, *names)
        return 0
    faults = faults_of(options.root)
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
