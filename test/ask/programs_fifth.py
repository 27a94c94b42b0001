"""The fifth set of programs, written by someone who has not seen the rules; see programs.py for the words in `run`.

Their labels are in labels_fifth.json. `before` is a command that runs beside a program and says a number first, which
is {port}; for a server ({port} is its own, then) these are its clients.
"""

from programs import labelled

fifth = labelled("labels_fifth.json")


def beside(what):
    return "run {python} {fixtures}/fifth_beside.py " + what


SHELL = "bash {fixtures}/fifth_shell.sh"

FIFTH = [
    # C.
    fifth("c_barbel", "{fifth_c} barbel"),
    fifth("c_bream", "{fifth_c} bream"),
    fifth("c_carp", "{fifth_c} carp"),
    fifth("c_dace", "{fifth_c} dace {file}"),
    fifth("c_eel", "{fifth_c} eel"),
    fifth("c_gudgeon", "{fifth_c} gudgeon", attach=True, before="idle 25"),
    fifth("c_loach", "{fifth_c} loach {folder}/pipe", before=beside("fifo {folder}/pipe 70")),
    fifth("c_perch", "{fifth_c} perch"),
    # C++.
    fifth("cpp_arles", "{fifth_cpp} arles"),
    fifth("cpp_bern", "{fifth_cpp} bern {folder}/socket", before=beside("unix {folder}/socket 35")),
    fifth("cpp_cork", "{fifth_cpp} cork {port}", server=6),
    fifth("cpp_delft", "{fifth_cpp} delft"),
    fifth("cpp_essen", "{fifth_cpp} essen"),
    fifth("cpp_ghent", "{fifth_cpp} ghent {port}", server=40),
    fifth("cpp_lyon", "{fifth_cpp} lyon"),
    # Rust.
    fifth("rust_aster", "{fifth_rust} aster {folder}", needs=["rustc"], long=True),
    fifth("rust_crocus", "{fifth_rust} crocus {port}", server=28, needs=["rustc"], long=True),
    fifth("rust_iris", "{fifth_rust} iris {folder}", needs=["rustc"], long=True),
    fifth("rust_lupin", "{fifth_rust} lupin", needs=["rustc"], long=True),
    fifth("rust_tulip", "{fifth_rust} tulip", needs=["rustc"], long=True),
    # Go.
    fifth("go_altair", "{fifth_go} altair", needs=["go"], long=True),
    fifth("go_deneb", "{fifth_go} deneb {port}", server=90, needs=["go"], long=True),
    fifth("go_mira", "{fifth_go} mira", needs=["go"], long=True),
    fifth("go_vega", "{fifth_go} vega", needs=["go"], long=True),
    # Java.
    fifth("java_bach", "java -cp {java} Fifth bach", needs=["javac", "java"], long=True),
    fifth("java_chopin", "java -cp {java} Fifth chopin {port}", before=beside("http 150"), needs=["javac", "java"],
          long=True),
    fifth("java_grieg", "java -cp {java} Fifth grieg {port}", server=1300, needs=["javac", "java"], long=True),
    fifth("java_haydn", "java -cp {java} Fifth haydn {folder}", needs=["javac", "java"], long=True),
    # Python.
    fifth("py_anise", "{python} {fixtures}/fifth_python.py anise"),
    fifth("py_cumin", "{python} {fixtures}/fifth_python.py cumin {folder}"),
    fifth("py_dill", "{python} {fixtures}/fifth_python.py dill", attach=True, before=beside("ask {port} 5 0")),
    fifth("py_fennel", "{python} {fixtures}/fifth_python.py fennel {port}", server=45),
    fifth("py_ginger", "{python} {fixtures}/fifth_python.py ginger {port}", server=45),
    fifth("py_sage", "{python} {fixtures}/fifth_python.py sage", attach=True, before=beside("ask {port} 12 800")),
    # Node.
    fifth("node_barge", "node {fixtures}/fifth_node.js barge", needs=["node"], long=True),
    fifth("node_canoe", "node {fixtures}/fifth_node.js canoe", needs=["node"], long=True),
    fifth("node_dhow", "node {fixtures}/fifth_node.js dhow {port}", before=beside("http 130"), needs=["node"], long=True),
    fifth("node_ferry", "node {fixtures}/fifth_node.js ferry", needs=["node"], long=True),
    # Compilers, archivers and other tools.
    fifth("tool_basalt", SHELL + " basalt {folder}", needs=["bash", "flock"]),
    fifth("tool_chalk", SHELL + " chalk {fixtures}/fifth_cpp.cpp {folder}", needs=["bash", "g++"]),
    fifth("tool_gravel", SHELL + " gravel {folder}", needs=["bash", "md5sum", "xargs"]),
    fifth("tool_marble", SHELL + " marble {text} {folder}", needs=["bash", "split", "xz"]),
    fifth("tool_quartz", SHELL + " quartz {text}", needs=["bash", "sed"]),
    fifth("tool_slate", SHELL + " slate {port}", before=beside("http 350"), needs=["bash", "curl"]),
]
