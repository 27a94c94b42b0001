"""The fourth set of programs, written after the rules were, by somebody who had not seen them; see programs.py for
the words in `run`, and programs_third.py for `before`.

Their names and those of their functions say nothing on purpose: whoever labels them (labels_fourth.json) sees the
fixtures without comments, and sees nothing of `aside ask`. `before` can be `quota PERCENT`, too: then {quota} is the
file into which a process writes its number to have that much of a core from then on.
"""

from programs import labelled

fourth = labelled("labels_fourth.json")


def rust(name, mode, **how):
    return fourth(name, "{fourth_rust} " + mode, needs=["rustc"], long=True, **how)


def go(name, mode, **how):
    return fourth(name, "{fourth_go} " + mode, needs=["go"], long=True, **how)


def java(name, mode, **how):
    return fourth(name, "java -cp {java} Fourth " + mode, needs=["javac", "java"], long=True, **how)


def python(name, mode, **how):
    return fourth(name, "{python} {fixtures}/fourth_py.py " + mode, **how)


def node(name, mode, **how):
    return fourth(name, "node {fixtures}/fourth_node.js " + mode, needs=["node"], long=True, **how)


def shell(name, mode, *needs, **how):
    return fourth(name, "bash {fixtures}/fourth_sh.sh " + mode, needs=["bash", *needs], **how)


def answers(milliseconds):
    return f"run {{python}} {{fixtures}}/third_beside.py http {milliseconds}"


def asks(clients, pause):
    return f"run {{python}} {{fixtures}}/third_beside.py ask {{port}} {clients} {pause} ping"


def pipe(mode):
    return "run {python} {fixtures}/fourth_beside.py " + mode + " {folder}"


CROWD = "run {fourth_c} polaris"

FOURTH = [
    # C.
    fourth("c_altair", "{fourth_c} altair {text}"),
    fourth("c_bellatrix", "{fourth_c} bellatrix {folder}"),
    fourth("c_capella", "{fourth_c} capella"),
    fourth("c_deneb", "{fourth_c} deneb"),
    fourth("c_electra", "{fourth_c} electra {port}", server=70),
    fourth("c_fomalhaut", "{fourth_c} fomalhaut {folder}"),
    fourth("c_hadar", "{fourth_c} hadar {port}", server=70),
    fourth("c_mimosa", "{fourth_c} mimosa"),
    fourth("c_sirius", "{fourth_c} sirius {port}", server=700),
    fourth("c_spica", "{fourth_c} spica", attach=True, before="idle 3"),
    fourth("c_vega", "{fourth_c} vega {port}", server=60),
    # C++.
    fourth("cpp_bora", "{fourth_cpp} bora"),
    fourth("cpp_chinook", "{fourth_cpp} chinook"),
    fourth("cpp_foehn", "{fourth_cpp} foehn"),
    fourth("cpp_levant", "{fourth_cpp} levant"),
    fourth("cpp_mistral", "{fourth_cpp} mistral"),
    fourth("cpp_ostro", "{fourth_cpp} ostro {port}", server=40),
    fourth("cpp_pampero", "{fourth_cpp} pampero {port}", server=1500),
    fourth("cpp_sirocco", "{fourth_cpp} sirocco {port}", server=60),
    fourth("cpp_tramontane", "{fourth_cpp} tramontane", attach=True),
    fourth("cpp_zephyr", "{fourth_cpp} zephyr"),
    # Rust.
    rust("rust_eiger", "eiger"),
    rust("rust_fuji", "fuji"),
    rust("rust_logan", "logan {port}", server=60),
    rust("rust_makalu", "makalu {folder}", before=pipe("drain")),
    rust("rust_olympus", "olympus"),
    rust("rust_teide", "teide"),
    # Go.
    go("go_bergen", "bergen"),
    go("go_delft", "delft {folder}"),
    go("go_ghent", "ghent", attach=True),
    go("go_lyon", "lyon {port}", before=answers(1000)),
    go("go_porto", "porto"),
    go("go_turin", "turin"),
    go("go_utrecht", "utrecht {port}", before=answers(250)),
    # Java.
    java("java_anise", "anise"),
    java("java_basil", "basil"),
    java("java_cumin", "cumin"),
    java("java_dill", "dill"),
    java("java_fennel", "fennel {port}", before=answers(60)),
    java("java_lovage", "lovage {port}", server=70),
    java("java_sage", "sage", attach=True, before="idle 30"),
    # Python.
    python("py_barbel", "barbel"),
    python("py_bream", "bream"),
    python("py_carp", "carp {port}", server=70),
    python("py_dace", "dace {folder}", before=pipe("feed")),
    python("py_eel", "eel"),
    python("py_gudgeon", "gudgeon", attach=True, before=asks(6, 0)),
    python("py_loach", "loach", attach=True),
    python("py_perch", "perch {port}", before=answers(140)),
    python("py_roach", "roach"),
    python("py_sturgeon", "sturgeon {port}", before=answers(300)),
    python("py_tench", "tench {port}", server=20),
    python("py_trout", "trout", needs=["gzip"]),
    python("py_zander", "zander"),
    # Node.
    node("node_bolero", "bolero {port}", before=answers(250)),
    node("node_foxtrot", "foxtrot"),
    node("node_mazurka", "mazurka {folder}"),
    node("node_polka", "polka"),
    node("node_rumba", "rumba", attach=True, before="idle 20"),
    node("node_samba", "samba"),
    node("node_tango", "tango {port}", before=answers(1500)),
    # Compilers, archivers and other tools.
    shell("tool_canvas", "canvas {text}", before=CROWD),
    shell("tool_chintz", "chintz {text}", "bzip2"),
    shell("tool_damask", "damask {port}", "curl", before=answers(140)),
    shell("tool_denim", "denim {folder}", "sqlite3"),
    shell("tool_felt", "felt {tree}"),
    shell("tool_flannel", "flannel {text} {folder}"),
    shell("tool_gingham", "gingham {port}", "curl", before=answers(280)),
    shell("tool_jersey", "jersey {folder}", before=pipe("feed")),
    shell("tool_khaki", "khaki {folder}", "gcc"),
    shell("tool_lace", "lace {port}", "curl", before=answers(2800)),
    shell("tool_linen", "linen {text}"),
    shell("tool_muslin", "muslin {text} {folder}", "flock"),
    shell("tool_nylon", "nylon {folder}", "make"),
    fourth("tool_organza", "openssl s_server -nocert -accept 127.0.0.1:0", attach=True, needs=["openssl"]),
    shell("tool_poplin", "poplin {text} {folder}", "bzip2"),
    shell("tool_satin", "satin {text}", "taskset", "xz"),
    shell("tool_serge", "serge {text}", "bzip2", before=CROWD),
    shell("tool_suede", "suede {quota} {text}", before="quota 50"),
    shell("tool_tulle", "tulle {text}"),
    shell("tool_tweed", "tweed {folder}", "make", "gcc"),
    shell("tool_twill", "twill {folder}"),
    shell("tool_velvet", "velvet {port}", "curl", before=answers(110)),
]
