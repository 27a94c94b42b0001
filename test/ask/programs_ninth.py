"""The ninth set of programs; see programs.py for the words in `run`, and labels_ninth.json for what each does.

`before` is a command that runs beside a program and says a number first, which is {port}; for a server ({port} is its
own, then) these are its clients. With `quota PERCENT`, {quota} is the file into which a process writes its number to
have that much of a core from then on.
"""

from programs import labelled

ninth = labelled("labels_ninth.json")


def java(name, mode, **how):
    return ninth(name, "java -cp {java} Ninth " + mode, needs=["javac", "java"], long=True, **how)


def python(name, mode, **how):
    return ninth(name, "{python} {fixtures}/ninth_py.py " + mode, **how)


def node(name, mode, **how):
    return ninth(name, "node {fixtures}/ninth_node.js " + mode, needs=["node"], long=True, **how)


def shell(name, mode, *needs, **how):
    return ninth(name, "bash {fixtures}/ninth_sh.sh " + mode, needs=["bash", *needs], **how)


def beside(what):
    return "run {python} {fixtures}/ninth_beside.py " + what


def feed(path, milliseconds):
    return f"run {{python}} {{fixtures}}/sixth_beside.py fifo {path} {milliseconds}"


def answers(milliseconds):
    return f"run {{python}} {{fixtures}}/third_beside.py http {milliseconds}"


def asks(clients, pause, kind):
    return f"run {{python}} {{fixtures}}/third_beside.py ask {{port}} {clients} {pause} {kind}"


NINTH = [
    # Python.
    python("py_vega", "vega"),
    python("py_rigel", "rigel {port}", before=answers(140)),
    python("py_deneb", "deneb"),
    python("py_mira", "mira {folder}"),
    python("py_spica", "spica {port}", before=answers(2)),
    python("py_altair", "altair", attach=True, before="idle 14"),
    python("py_castor", "castor"),
    python("py_pollux", "pollux {port}", before=answers(50), needs=["curl"]),
    python("py_regulus", "regulus {folder}/feed", before=feed("{folder}/feed", 60)),
    python("py_sirius", "sirius"),
    # Node.
    node("node_bora", "bora", attach=True, before=asks(8, 0, "http")),
    node("node_mistral", "mistral {folder}"),
    ninth("node_chinook", "node {fixtures}/ninth_node.js chinook {port}", before=answers(150), needs=["node", "curl"],
          long=True),
    node("node_zonda", "zonda", attach=True, before=asks(8, 0, "http")),
    node("node_levant", "levant {folder}"),
    ninth("node_ostro", "sh -c 'echo $$ > {quota}; exec node {fixtures}/ninth_node.js ostro'", before="quota 50",
          needs=["node"], long=True),
    node("node_monsoon", "monsoon {port}", before=answers(1100)),
    node("node_pampero", "pampero", attach=True, before=asks(25, 60000, "http")),
    # Java.
    java("java_eiger", "eiger {port}", before=answers(90)),
    java("java_rainier", "rainier {port}", before=answers(150)),
    java("java_elbrus", "elbrus"),
    java("java_denali", "denali"),
    java("java_logan", "logan {file}"),
    java("java_etna", "etna", attach=True, before=asks(6, 0, "http")),
    java("java_ararat", "ararat {folder}"),
    # Shell and other tools.
    shell("tool_ladle", "ladle {folder}", attach=True, before=asks(6, 0, "http")),
    shell("tool_whisk", "whisk {folder} 1000000", "sqlite3"),
    shell("tool_saucer", "whisk {folder} 90000", "sqlite3"),
    shell("tool_mug", "ladle {folder}", attach=True, before=asks(5, 800, "http")),
    shell("tool_sieve", "sieve {folder} {port}", "make", "curl", before=answers(400)),
    shell("tool_grater", "grater {file} {folder}", "dd"),
    shell("tool_tongs", "tongs", "curl"),
    shell("tool_skillet", "skillet {folder}/drain", "seq", before=beside("drain {folder}/drain 50")),
    shell("tool_kettle", "kettle {port} {folder} {text}", "curl", "gzip", before=answers(450)),
    shell("tool_colander", "colander {port}", server=75),
    shell("tool_spatula", "spatula {folder}", "make", "gcc", "taskset"),
    shell("tool_teapot", "teapot"),
    # And more.
    python("py_algol", "algol {port}", before=answers(1100), needs=["curl"]),
    python("py_hadar", "hadar {port}", before=answers(70)),
    python("py_izar", "izar", attach=True, before=asks(6, 0, "ping")),
    python("py_kochab", "kochab", attach=True),
    python("py_menkar", "menkar", attach=True),
    java("java_fuji", "fuji {port}", server=30),
    java("java_hood", "hood", attach=True),
    java("java_blanc", "blanc {port}", server=40),
    java("java_ossa", "ossa"),
    node("node_sirocco", "sirocco"),
    shell("tool_saute", "saute {port}", "curl", before=answers(1150)),
    shell("tool_blender", "blender {folder}", "make", "gcc"),
    python("py_mintaka", "mintaka"),
    python("py_nunki", "nunki"),
    python("py_phact", "phact {port}", server=1100),
    python("py_zaurak", "zaurak {folder}"),
    node("node_gregale", "gregale", attach=True),
    node("node_tramontane", "tramontane {folder}"),
    java("java_kenya", "kenya {port}", before=answers(1100)),
    java("java_vinson", "vinson"),
    java("java_teide", "teide {port}", before=answers(120)),
    java("java_hekla", "hekla {folder}"),
    ninth("java_ruapehu", "sh -c 'echo $$ > {quota}; exec java -cp {java} Ninth ruapehu'", before="quota 60",
          needs=["javac", "java"], long=True),
    node("node_ostria", "ostria {port}", before=answers(150)),
    shell("tool_cup", "cup", attach=True),
    shell("tool_jug", "jug {port}", "curl", "gzip", before=answers(2800)),
    python("py_wezen", "wezen {port}", before=answers(1100)),
    python("py_alcor", "alcor {port}", server=1100),
    python("py_phecda", "phecda {folder}/spool", before=beside("hold {folder}/spool 3300")),
    python("py_alioth", "alioth {port}", before=answers(200)),
    java("java_pelee", "pelee {folder}/spool", before=beside("hold {folder}/spool 3600")),
    java("java_hudson", "hudson {folder}/feed", before=feed("{folder}/feed", 60)),
    ninth("node_sharav", "bash -c 'exec node {fixtures}/ninth_node.js sharav > {folder}/drain'",
          before=beside("drain {folder}/drain 40"), needs=["node"], long=True),
    shell("tool_flask", "flask {folder}/orders.db", "sqlite3", before=beside("base {folder}/orders.db 3300")),
    python("py_atria", "atria {folder}/feed", before=feed("{folder}/feed", 60)),
    python("py_dubhe", "dubhe", attach=True),
    ninth("java_tolima", "java -cp {java} Ninth tolima {port}", before=answers(160), needs=["javac", "java", "curl"],
          long=True),
    java("java_misti", "misti {folder}/drain", before=beside("drain {folder}/drain 50")),
    java("java_osorno", "osorno {port}", server=1100),
    node("node_simoom", "simoom {folder}/feed", before=feed("{folder}/feed", 60)),
    ninth("node_haboob", "node {fixtures}/ninth_node.js haboob {folder}/spool",
          before=beside("hold {folder}/spool 3500"), needs=["node", "flock"], long=True),
    python("py_alkaid", "alkaid {port}", server=30),
    java("java_pavlof", "pavlof"),
    node("node_shamal", "shamal"),
    node("node_etesian", "etesian {port}", before=answers(110)),
    shell("tool_jar", "jar {folder} {port}", "flock", "curl", "xargs", before=answers(140)),
    shell("tool_pan", "pan {folder}/drain", "yes", "sed", before=beside("drain {folder}/drain 40")),
    python("py_nashira", "nashira {port}", server=25),
    java("java_nevis", "nevis {port}", server=30),
    shell("tool_platter", "platter {folder} {text}", "gzip", "mkfifo"),
]
