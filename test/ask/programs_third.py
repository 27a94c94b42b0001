"""The third set of programs, which nobody who wrote a rule has seen; see programs.py for the words in `run`.

Their names and those of their functions say nothing on purpose: whoever labelled them (labels_third.json) saw
the fixtures without comments, and saw nothing of `aside ask`. `before` is a command that runs beside a program
and says a number first, which is {port}; for a server ({port} is its own, then) these are its clients.
"""

from programs import labelled

third = labelled("labels_third.json")


def beside(what):
    return "run {python} {fixtures}/third_beside.py " + what


SHELL = "bash {fixtures}/third.sh"

THIRD = [
    # C.
    third("c_alder", "{third_c} alder"),
    third("c_aspen", "{third_c} aspen {port}", before=beside("udp 60")),
    third("c_birch", "{third_c} birch {folder}"),
    third("c_cedar", "{third_c} cedar {folder}"),
    third("c_elm", "{third_c} elm {folder}"),
    third("c_fir", "{third_c} fir"),
    third("c_hazel", "{third_c} hazel"),
    third("c_larch", "{third_c} larch {port}", server=40),
    third("c_maple", "{third_c} maple"),
    # C++.
    third("cpp_finch", "{third_cpp} finch"),
    third("cpp_heron", "{third_cpp} heron"),
    third("cpp_ibis", "{third_cpp} ibis {port}", server=100),
    third("cpp_kite", "{third_cpp} kite {port}", server=120),
    third("cpp_lark", "{third_cpp} lark"),
    third("cpp_merlin", "{third_cpp} merlin", attach=True, before=beside("ask {port} 8 0 ping")),
    third("cpp_oriole", "{third_cpp} oriole {port}", server=30),
    third("cpp_plover", "{third_cpp} plover"),
    # Rust.
    third("rust_avon", "{third_rust} avon", needs=["rustc"], long=True),
    third("rust_douro", "{third_rust} douro {port}", server=60, needs=["rustc"], long=True),
    third("rust_ebro", "{third_rust} ebro {port}", before=beside("http 2500"), needs=["rustc"], long=True),
    third("rust_loire", "{third_rust} loire", needs=["rustc"], long=True),
    third("rust_rhine", "{third_rust} rhine {folder}", needs=["rustc"], long=True),
    third("rust_seine", "{third_rust} seine", attach=True, before=beside("ask {port} 40 1000 ping"),
          needs=["rustc"], long=True),
    # Go.
    third("go_agate", "{third_go} agate", needs=["go"], long=True),
    third("go_beryl", "{third_go} beryl", needs=["go"], long=True),
    third("go_coral", "{third_go} coral {port}", before=beside("http 100"), needs=["go"], long=True),
    third("go_jade", "{third_go} jade", needs=["go"], long=True),
    third("go_onyx", "{third_go} onyx", needs=["go"], long=True),
    third("go_topaz", "{third_go} topaz {folder}", needs=["go"], long=True),
    # Java.
    third("java_ada", "java -cp {java} Third ada", needs=["javac", "java"], long=True),
    third("java_bea", "java -cp {java} Third bea", needs=["javac", "java"], long=True),
    third("java_cleo", "java -cp {java} Third cleo", needs=["javac", "java"], long=True),
    third("java_dora", "java -cp {java} Third dora", needs=["javac", "java"], long=True),
    third("java_emma", "java -cp {java} Third emma {port}", before=beside("http 200"), needs=["javac", "java"],
          long=True),
    third("java_fay", "java -cp {java} Third fay", needs=["javac", "java"], long=True),
    third("java_gina", "java -cp {java} Third gina", attach=True, needs=["javac", "java"], long=True),
    # Python.
    third("py_badger", "{python} {fixtures}/third.py badger"),
    third("py_ferret", "{python} {fixtures}/third.py ferret"),
    third("py_gecko", "{python} {fixtures}/third.py gecko {folder}"),
    third("py_hyena", "{python} {fixtures}/third.py hyena {folder}"),
    third("py_jackal", "{python} {fixtures}/third.py jackal {port}", before=beside("http 200")),
    third("py_lemur", "{python} {fixtures}/third.py lemur", attach=True, before=beside("ask {port} 6 0 ping")),
    third("py_marten", "{python} {fixtures}/third.py marten {port}", server=5),
    third("py_otter", "{python} {fixtures}/third.py otter", attach=True,
          before=beside("ask {port} 1 900 call")),
    third("py_panda", "{python} {fixtures}/third.py panda {port}", server=50),
    third("py_tapir", "{python} {fixtures}/third.py tapir {port}", server=60),
    # Node.
    third("node_apple", "node {fixtures}/third.js apple", needs=["node"], long=True),
    third("node_cherry", "node {fixtures}/third.js cherry", attach=True, before=beside("ask {port} 6 0 http"),
          needs=["node"], long=True),
    third("node_damson", "node {fixtures}/third.js damson {port}", before=beside("http 200"), needs=["node"],
          long=True),
    third("node_elder", "node {fixtures}/third.js elder {folder}", needs=["node"], long=True),
    third("node_fig", "node {fixtures}/third.js fig {port}", before=beside("http 0"), needs=["node"], long=True),
    third("node_grape", "node {fixtures}/third.js grape", needs=["node"], long=True),
    third("node_lemon", "node {fixtures}/third.js lemon", attach=True, before="idle 30", needs=["node"],
          long=True),
    # Compilers, archivers and other tools.
    third("tool_brass", SHELL + " brass {folder}", needs=["bash", "gcc"]),
    third("tool_cobalt", SHELL + " cobalt {folder}", needs=["bash", "clang-22"]),
    third("tool_gold", "env HOME={folder} GOCACHE={folder}/c GOTOOLCHAIN=local go build runtime", needs=["go"],
          long=True),
    third("tool_iron", SHELL + " iron {folder}", needs=["bash", "make", "gcc"]),
    third("tool_lead", SHELL + " lead {text} {folder}", needs=["bash", "tar", "xz"]),
    third("tool_neon", "date -u +%F"),
    third("tool_nickel", SHELL + " nickel {text}", needs=["bash"]),
    third("tool_radium", SHELL + " radium {text} {folder}", needs=["bash"]),
    third("tool_silver", SHELL + " silver {port}", before=beside("http 800"), needs=["bash", "curl"]),
    third("tool_tin", SHELL + " tin {python}", needs=["bash"]),
    third("tool_zinc", SHELL + " zinc {port}", server=200, needs=["bash"]),
]
