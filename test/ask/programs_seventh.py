"""The seventh set of programs, written by someone who has not seen the rules; see programs.py for the words in `run`.

Their labels are in labels_seventh.json. `before` is a command that runs beside a program and says a number first, which
is {port}; for a server ({port} is its own, then) these are its clients. With `quota PERCENT`, {quota} is the file
into which a process writes its number to have that much of a core from then on.
"""

from programs import labelled

seventh = labelled("labels_seventh.json")


def rust(name, mode, **how):
    return seventh(name, "{seventh_rust} " + mode, needs=["rustc"], long=True, **how)


def go(name, mode, **how):
    return seventh(name, "{seventh_go} " + mode, needs=["go"], long=True, **how)


def java(name, mode, **how):
    return seventh(name, "java -cp {java} Seventh " + mode, needs=["javac", "java"], long=True, **how)


def python(name, mode, **how):
    return seventh(name, "{python} {fixtures}/seventh_py.py " + mode, **how)


def node(name, mode, *needs, **how):
    return seventh(name, "node {fixtures}/seventh_node.js " + mode, needs=["node", *needs], long=True, **how)


def shell(name, mode, *needs, **how):
    return seventh(name, "bash {fixtures}/seventh_sh.sh " + mode, needs=["bash", *needs], **how)


def beside(what):
    return "run {python} {fixtures}/seventh_beside.py " + what


def answers(milliseconds):
    return f"run {{python}} {{fixtures}}/third_beside.py http {milliseconds}"


SEVENTH = [
    # C.
    seventh("c_bodoni", "{seventh_c} bodoni {folder}/log"),
    seventh("c_caslon", "{seventh_c} caslon", attach=True, before="idle 5"),
    seventh("c_didot", "{seventh_c} didot {file}"),
    seventh("c_futura", "{seventh_c} futura"),
    seventh("c_garamond", "{seventh_c} garamond {port}", server=120),
    seventh("c_sabon", "{seventh_c} sabon"),
    # C++.
    seventh("cpp_farfalle", "{seventh_cpp} farfalle"),
    seventh("cpp_fusilli", "{seventh_cpp} fusilli", attach=True),
    seventh("cpp_orzo", "{seventh_cpp} orzo {port}", server=110),
    seventh("cpp_penne", "{seventh_cpp} penne"),
    seventh("cpp_rigatoni", "{seventh_cpp} rigatoni"),
    seventh("cpp_ziti", "{seventh_cpp} ziti {port}", server=100),
    # Rust.
    rust("rust_gobi", "gobi {folder}/feed", before=beside("frames {folder}/feed 90")),
    seventh("rust_karoo", "taskset -c 0 {seventh_rust} karoo", needs=["rustc", "taskset"], long=True),
    rust("rust_namib", "namib"),
    rust("rust_negev", "negev"),
    rust("rust_sahara", "sahara {folder}"),
    rust("rust_thar", "thar {port}", before=answers(1700)),
    # Go.
    go("go_fichte", "fichte"),
    go("go_hegel", "hegel {port}", before=answers(40)),
    go("go_hume", "hume"),
    go("go_kant", "kant", attach=True, before="idle 40"),
    go("go_plato", "plato {folder}"),
    go("go_seneca", "seneca {port}", before=answers(48)),
    # Java.
    java("java_beret", "beret {port}", server=30),
    java("java_bowler", "bowler {port}", server=150),
    java("java_fedora", "fedora", attach=True, before="press 6"),
    java("java_fez", "fez"),
    java("java_trilby", "trilby", attach=True),
    # Python.
    python("py_bartok", "bartok {folder}", needs=["openssl"]),
    python("py_elgar", "elgar {port}", server=60),
    python("py_grieg", "grieg"),
    python("py_haydn", "haydn"),
    python("py_liszt", "liszt {port}", before=answers(1150)),
    python("py_ravel", "ravel {file}"),
    seventh("py_verdi", "sh -c 'echo $$ > {quota}; exec {python} {fixtures}/seventh_py.py verdi'", before="quota 45"),
    # Node.
    node("node_canoe", "canoe", attach=True, before="press 6"),
    node("node_dhow", "dhow {port}", before=answers(210)),
    node("node_ketch", "ketch {port}", before=answers(75)),
    node("node_sloop", "sloop"),
    node("node_yawl", "yawl", "sqlite3"),
    # Compilers, archivers and other tools.
    shell("tool_beagle", "beagle {folder} {text}", "split", "find", "xargs", "xz"),
    shell("tool_borzoi", "borzoi {folder} {text}"),
    shell("tool_collie", "collie {folder} {file}", "dd"),
    shell("tool_corgi", "corgi {folder}/feed", "awk", before=beside("lines {folder}/feed 80")),
    shell("tool_poodle", "poodle {port}", "curl", before=answers(300)),
    shell("tool_setter", "setter {folder}"),
    shell("tool_whippet", "whippet {folder}", "make", "gcc"),
]
