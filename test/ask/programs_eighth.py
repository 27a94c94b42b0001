"""The eighth set of programs: made to train the rules; see programs.py for the words in `run`, and programs_sixth.py
for `before`. Their labels are in labels_eighth.json.
"""

from programs import labelled

eighth = labelled("labels_eighth.json")


def rust(name, mode, part=None, **how):
    """`part`: of the fixtures, which are several files."""
    stem = f"eighth_{part}_rust" if part else "eighth_rust"
    return eighth(name, "{" + stem + "} " + mode, needs=["rustc"], long=True, **how)


def go(name, mode, part=None, **how):
    stem = f"eighth_{part}_go" if part else "eighth_go"
    return eighth(name, "{" + stem + "} " + mode, needs=["go"], long=True, **how)


def beside(what):
    return "run {python} {fixtures}/eighth_beside.py " + what


def presses(clients):
    return f"press {clients}"


def udp(milliseconds):
    return f"run {{python}} {{fixtures}}/third_beside.py udp {milliseconds}"


def answers(milliseconds):
    return f"run {{python}} {{fixtures}}/third_beside.py http {milliseconds}"


def asks(clients, pause, kind):
    return f"run {{python}} {{fixtures}}/third_beside.py ask {{port}} {clients} {pause} {kind}"


EIGHTH = [
    # C.
    eighth("c_fundy", "{eighth_c} fundy"),
    eighth("c_biscay", "{eighth_c} biscay {file}"),
    eighth("c_bengal", "{eighth_c} bengal"),
    eighth("c_hudson", "{eighth_c} hudson"),
    eighth("c_baffin", "{eighth_c} baffin {file} {folder}"),
    eighth("c_tampa", "{eighth_c} tampa", attach=True, before=presses(12)),
    eighth("c_walvis", "{eighth_c} walvis"),
    eighth("c_botany", "{eighth_c} botany"),
    # C++.
    eighth("cpp_anise", "{eighth_cpp} anise"),
    eighth("cpp_cumin", "{eighth_cpp} cumin"),
    eighth("cpp_dill", "{eighth_cpp} dill"),
    eighth("cpp_fennel", "{eighth_cpp} fennel {port}", server=60),
    eighth("cpp_ginger", "{eighth_cpp} ginger {folder}"),
    eighth("cpp_mace", "{eighth_cpp} mace"),
    eighth("cpp_nutmeg", "{eighth_cpp} nutmeg", attach=True, before="idle 15"),
    eighth("cpp_sage", "{eighth_cpp} sage {file}"),
    # Rust.
    rust("rust_bronze", "bronze"),
    rust("rust_copper", "copper"),
    rust("rust_nickel", "nickel {port}", before=udp(50)),
    rust("rust_chrome", "chrome {port}", server=220),
    eighth("rust_zinc", "sh -c 'echo $$ > {quota}; exec {eighth_rust} zinc'", before="quota 90",
           needs=["rustc"], long=True),
    rust("rust_tin", "tin {file}"),
    rust("rust_cadmium", "cadmium"),
    # Go.
    go("go_otter", "otter", attach=True, before=presses(8)),
    go("go_heron", "heron {port}", before=answers(200)),
    go("go_lynx", "lynx"),
    eighth("go_marten", "sh -c 'echo $$ > {quota}; exec {eighth_go} marten'", before="quota 80",
           needs=["go"], long=True),
    go("go_stoat", "stoat {folder}/feed", before=beside("fifo {folder}/feed 60")),
    go("go_ibex", "ibex {file}"),
    go("go_hare", "hare", attach=True, before=asks(25, 2000, "http")),
    go("go_vole", "vole {port}", before=answers(40)),
    go("go_shrew", "shrew"),
    # More of them.
    eighth("c_sunda", "{eighth_2_c} sunda"),
    eighth("c_davis", "{eighth_2_c} davis {folder}"),
    eighth("c_cook", "{eighth_2_c} cook"),
    eighth("c_bass", "{eighth_2_c} bass", attach=True, before=presses(6)),
    eighth("cpp_thyme", "{eighth_2_cpp} thyme {port}", server=150, attach=True, before=presses(8)),
    eighth("cpp_sumac", "{eighth_2_cpp} sumac"),
    eighth("cpp_caper", "{eighth_2_cpp} caper", attach=True, before=presses(10)),
    eighth("cpp_dulse", "{eighth_2_cpp} dulse"),
    rust("rust_osmium", "osmium {folder}", 2),
    rust("rust_iridium", "iridium {port}", 2, server=120, attach=True, before=presses(3)),
    rust("rust_silver", "silver", 2),
    go("go_tapir", "tapir {folder}", 2, attach=True, before=presses(4)),
    go("go_okapi", "okapi {port}", 2, server=60, attach=True, before=presses(1)),
    go("go_dingo", "dingo", 2),
    go("go_civet", "civet {port}", 2, before=answers(150)),
    go("go_camel", "camel {text}", 2),
    # And more.
    eighth("c_bering", "{eighth_3_c} bering {port}", server=60, attach=True, before=presses(5)),
    eighth("c_sulu", "{eighth_3_c} sulu {folder}", attach=True, before=presses(4)),
    eighth("c_aral", "{eighth_3_c} aral"),
    eighth("cpp_borage", "{eighth_3_cpp} borage {port}", server=100),
    eighth("cpp_savory", "{eighth_3_cpp} savory"),
    rust("rust_argon", "argon", 3),
    rust("rust_xenon", "xenon {port}", 3, server=30),
    rust("rust_radon", "radon {port}", 3, server=50),
    go("go_quoll", "quoll {port}", 3, before=answers(70)),
    go("go_numbat", "numbat {folder}/lock", 3),
    go("go_dhole", "dhole {folder}", 3),
    go("go_kudu", "kudu {port}", 3, before=udp(40)),
    # Those that tell classes apart.
    eighth("c_laptev", "{eighth_4_c} laptev {port}", server=60),
    eighth("c_timor", "sh -c 'echo $$ > {quota}; exec {eighth_4_c} timor'", before="quota 40"),
    eighth("c_solomon", "{eighth_4_c} solomon"),
    eighth("cpp_teasel", "{eighth_4_cpp} teasel"),
    eighth("cpp_yarrow", "{eighth_4_cpp} yarrow", attach=True, before=presses(4)),
    eighth("cpp_orris", "{eighth_4_cpp} orris"),
    rust("rust_krypton", "krypton", 4),
    rust("rust_helium", "helium", 4),
    rust("rust_neon", "neon", 4, attach=True, before=presses(5)),
    go("go_ermine", "ermine", 4, attach=True, before=presses(6)),
    go("go_puma", "puma {file}", 4),
    # The last ones.
    eighth("c_moro", "{eighth_5_c} moro"),
    eighth("c_savu", "{eighth_5_c} savu", attach=True),
    eighth("c_banda", "{eighth_5_c} banda"),
    eighth("c_flores", "{eighth_5_c} flores {file}"),
    eighth("cpp_lovage", "{eighth_5_cpp} lovage {port}", server=50),
    eighth("cpp_myrtle", "{eighth_5_cpp} myrtle {port}", server=90),
    rust("rust_iodine", "iodine {folder}", 5, attach=True),
    rust("rust_barium", "barium", 5),
    go("go_fossa", "fossa {port}", 5, before=answers(50)),
    go("go_genet", "genet", 5, attach=True, before=presses(4)),
    go("go_lemming", "lemming {network} ask {port} 1 1", 5, server=100),
    # For the classes that were wrong.
    eighth("c_ross", "{eighth_6_c} ross"),
    eighth("c_weddell", "{eighth_6_c} weddell"),
    eighth("cpp_costmary", "{eighth_6_cpp} costmary"),
    rust("rust_thorium", "thorium", 6),
    rust("rust_cesium", "cesium", 6),
    go("go_bandi", "bandi", 6),
    go("go_coati", "coati {folder}", 6),
    go("go_kinka", "kinka", 6),
]
