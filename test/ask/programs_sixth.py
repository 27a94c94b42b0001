"""The sixth set of programs, written by someone who has not seen the rules; see programs.py for the words in `run`.

Their labels are in labels_sixth.json. `before` is a command that runs beside a program and says a number first, which
is {port}; for a server ({port} is its own, then) these are its clients. With `quota PERCENT`, {quota} is the file
into which a process writes its number to have that much of a core from then on.
"""

from programs import labelled

sixth = labelled("labels_sixth.json")


def rust(name, mode, **how):
    return sixth(name, "{sixth_rust} " + mode, needs=["rustc"], long=True, **how)


def go(name, mode, **how):
    return sixth(name, "{sixth_go} " + mode, needs=["go"], long=True, **how)


def java(name, mode, **how):
    return sixth(name, "java -cp {java} Sixth " + mode, needs=["javac", "java"], long=True, **how)


def python(name, mode, **how):
    return sixth(name, "{python} {fixtures}/sixth_py.py " + mode, **how)


def node(name, mode, **how):
    return sixth(name, "node {fixtures}/sixth_node.js " + mode, needs=["node"], long=True, **how)


def shell(name, mode, *needs, **how):
    return sixth(name, "bash {fixtures}/sixth_sh.sh " + mode, needs=["bash", *needs], **how)


def beside(what):
    return "run {python} {fixtures}/sixth_beside.py " + what


def answers(milliseconds):
    return f"run {{python}} {{fixtures}}/third_beside.py http {milliseconds}"


def asks(clients, pause, kind):
    return f"run {{python}} {{fixtures}}/third_beside.py ask {{port}} {clients} {pause} {kind}"


SIXTH = [
    # C.
    sixth("c_balaton", "taskset -c 0 {sixth_c} balaton", needs=["taskset"]),
    sixth("c_como", "{sixth_c} como {file}"),
    sixth("c_garda", "{sixth_c} garda"),
    sixth("c_ladoga", "{sixth_c} ladoga {folder}/feed", before=beside("fifo {folder}/feed 75")),
    sixth("c_onega", "{sixth_c} onega"),
    sixth("c_tahoe", "{sixth_c} tahoe", attach=True, before="idle 35"),
    # C++.
    sixth("cpp_brie", "{sixth_cpp} brie {port}", server=25),
    sixth("cpp_comte", "{sixth_cpp} comte {port}", server=120),
    sixth("cpp_edam", "{sixth_cpp} edam {port}", server=45),
    sixth("cpp_feta", "{sixth_cpp} feta"),
    sixth("cpp_gouda", "{sixth_cpp} gouda"),
    sixth("cpp_stilton", "{sixth_cpp} stilton"),
    # Rust.
    rust("rust_ariel", "ariel", attach=True),
    rust("rust_dione", "dione {folder}/socket", before=beside("unix {folder}/socket 30")),
    rust("rust_oberon", "oberon {text}"),
    rust("rust_rhea", "rhea {port}", before=answers(160)),
    rust("rust_titan", "titan {folder}"),
    rust("rust_triton", "triton"),
    # Go.
    go("go_bugle", "bugle {folder}"),
    go("go_cello", "cello", attach=True),
    go("go_harp", "harp {folder}/socket", before=beside("unix {folder}/socket 45")),
    go("go_lute", "lute"),
    go("go_oboe", "oboe", attach=True, before=asks(20, 1200, "ping")),
    go("go_viola", "viola"),
    # Java.
    java("java_capri", "capri {port}", server=1200),
    java("java_corfu", "corfu"),
    java("java_elba", "elba"),
    java("java_ibiza", "ibiza"),
    java("java_malta", "malta {port}", before=answers(260)),
    # Python.
    python("py_degas", "degas"),
    python("py_goya", "goya {folder}/feed", before=beside("fifo {folder}/feed 50")),
    python("py_hals", "hals {port}", before=answers(850)),
    sixth("py_klee", "sh -c 'echo $$ > {quota}; exec {python} {fixtures}/sixth_py.py klee'", before="quota 60"),
    python("py_miro", "miro {port}", server=35),
    python("py_monet", "monet", attach=True, before=asks(8, 0, "ping")),
    python("py_vermeer", "vermeer"),
    # Node.
    node("node_barley", "barley {port}", server=26),
    node("node_millet", "millet"),
    node("node_oat", "oat {port}", server=65),
    node("node_rye", "rye", attach=True, before=asks(7, 0, "http")),
    node("node_spelt", "spelt {folder}/ready"),
    # Compilers, archivers and other tools.
    shell("tool_bowline", "bowline {folder}", "make", "gcc"),
    shell("tool_cleat", "cleat {port}", "curl", "xargs", before=answers(370)),
    shell("tool_clove", "clove {folder}", "sqlite3"),
    shell("tool_hitch", "hitch {folder} {text}", "flock", "gzip"),
    shell("tool_reef", "reef {folder}", "find"),
    shell("tool_sheet", "sheet {port}", "curl", before=answers(160)),
    shell("tool_splice", "splice {file} {folder}", "dd"),
]
