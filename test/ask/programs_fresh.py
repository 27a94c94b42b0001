"""The second set of programs, for which no rule was ever tuned; see programs.py for the words in `run`.

Each label was given from the program alone (fixtures/fresh*, and what the tools' manuals say), and this
file was committed before `aside ask` had been run on any of them. `confusion.py --half` cuts the set in
two by a hash of the names: one half may be looked at while rules are worked on, and the blind half is
run once, when they are done; see blind.md.
"""

from programs import program

SQL = ('sh -c \'(echo "create table t(a);"; i=0; while [ $i -lt 300 ]; do echo "insert into t values($i);"; '
       'i=$((i+1)); done) | sqlite3 {folder}/db\'')
NGINX = ('sh -c \'echo "daemon off; master_process off; pid {folder}/p; events {{}} http {{ access_log off; '
         'client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3; '
         'uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5; server {{ listen unix:{folder}/s; }} }}" '
         '> {folder}/n; echo 10000; exec nginx -e {folder}/e -p {folder} -c {folder}/n\'')

FRESH = [
    # C.
    program("c_matrix", "busy.one_core", "{fresh_c} matrix"),
    program("c_looks", "timer", "{fresh_c} looks"),
    program("c_token", "lock", "{fresh_c} token", also=["turns"]),
    program("c_table", "lock", "{fresh_c} table", also=["turns"]),
    program("c_pinned", "queued.quota", "{fresh_c} pinned"),
    program("c_eight_spinners", "queued.own", "{fresh_c} spinners 8"),
    program("c_two_spinners", "busy.all_cores", "{fresh_c} spinners 2", also=["busy.some_cores"]),
    program("c_reads", "disk", "{fresh_c} reads 0 {file}", also=["mixed"]),
    program("c_two_children", "busy.all_cores", "{fresh_c} children 2", also=["busy.some_cores"]),
    program("c_seven_children", "queued.own", "{fresh_c} children 7"),
    program("c_alarm", "idle.parked", "{fresh_c} alarm", also=["timer"]),
    program("c_reconnects", "waiting.sequence", "{fresh_c} reconnects {port}", server=20),
    program("c_dozen", "waiting.many", "{fresh_c} dozen {port}", server=40),
    program("c_twice", "waiting.few", "{fresh_c} twice {port}", server=250),
    program("c_walks", "busy.one_core", "{fresh_c} walks"),
    program("c_journal", "disk", "{fresh_c} journal 0 {folder}/j", also=["mixed"]),
    program("c_to_and_fro", "turns", "{fresh_c} to_and_fro", also=["busy.one_core"]),
    # C++.
    program("cpp_regex", "busy.one_core", "{fresh_cpp} regex"),
    program("cpp_futures", "busy.all_cores", "{fresh_cpp} futures", also=["busy.some_cores"]),
    program("cpp_stages", "busy.one_core", "{fresh_cpp} stages", also=["busy.some_cores"]),
    program("cpp_barrier", "busy.all_cores", "{fresh_cpp} barrier", also=["busy.some_cores"]),
    program("cpp_three", "waiting.some", "{fresh_cpp} three {port}", server=200, also=["waiting.few"]),
    program("cpp_readers", "busy.all_cores", "{fresh_cpp} readers", also=["busy.some_cores"]),
    program("cpp_thirty", "waiting.many", "{fresh_cpp} thirty {port}", server=50),
    program("cpp_polls", "timer", "{fresh_cpp} polls"),
    program("cpp_locked", "lock", "{fresh_cpp} locked", also=["timer"]),
    program("cpp_workers", "timer", "{fresh_cpp} workers", also=["idle.parked"]),
    # Rust.
    program("rust_words", "busy.one_core", "{fresh_rust} words", needs=["rustc"], long=True),
    program("rust_workers", "busy.all_cores", "{fresh_rust} workers", needs=["rustc"], long=True,
            also=["busy.some_cores"]),
    program("rust_fresh_connections", "waiting.sequence", "{fresh_rust} fresh {port}", server=30,
            needs=["rustc"], long=True),
    program("rust_many", "waiting.many", "{fresh_rust} many {port}", server=40, needs=["rustc"], long=True),
    program("rust_limited", "timer", "{fresh_rust} limited", needs=["rustc"], long=True, also=["idle.parked"]),
    program("rust_write_lock", "lock", "{fresh_rust} write_lock", needs=["rustc"], long=True, also=["turns"]),
    # Go. Its collector may use another core for a moment.
    program("go_compresses", "busy.one_core", "{fresh_go} compresses", needs=["go"], long=True,
            also=["busy.some_cores"]),
    program("go_sorts", "busy.all_cores", "{fresh_go} sorts", needs=["go"], long=True, also=["busy.some_cores"]),
    program("go_ticks", "timer", "{fresh_go} ticks", needs=["go"], long=True, also=["loop"]),
    program("go_serves", "idle.clients", "{fresh_go} serves", needs=["go"], long=True, attach=True, also=["loop"]),
    program("go_few", "waiting.few", "{fresh_go} few {port}", server=200, needs=["go"], long=True),
    program("go_crowd", "loop", "{fresh_go} many {port}", server=60, needs=["go"], long=True, also=["mixed"]),
    # Java. Its start is work, too.
    program("java_spread", "busy.all_cores", "java -cp {java} Fresh spread", needs=["javac", "java"], long=True,
            also=["busy.some_cores", "queued.own"]),
    program("java_monitor", "lock", "java -cp {java} Fresh monitor", needs=["javac", "java"], long=True,
            also=["turns"]),
    program("java_sleeps", "timer", "java -cp {java} Fresh sleeps", needs=["javac", "java"], long=True,
            also=["mixed"]),
    program("java_pool", "waiting.many", "java -cp {java} Fresh pool {port}", server=50, needs=["javac", "java"],
            long=True, also=["mixed"]),
    program("java_row", "waiting.sequence", "java -cp {java} Fresh row {port}", server=40, needs=["javac", "java"],
            long=True, also=["mixed"]),
    program("javac", "busy.some_cores", "javac -d {folder} {fixtures}/Fresh.java", needs=["javac"], long=True,
            also=["busy.one_core", "busy.all_cores", "mixed"]),
    # Python.
    program("py_jsons", "busy.one_core", "{python} {fixtures}/fresh.py jsons"),
    program("py_sleepers", "waiting.many", "{python} {fixtures}/fresh.py sleepers", also=["timer"]),
    program("py_hashes", "busy.all_cores", "{python} {fixtures}/fresh.py hashes", also=["busy.some_cores"]),
    program("py_children", "timer", "{python} {fixtures}/fresh.py children", also=["waiting.child", "mixed"]),
    program("py_twice", "waiting.few", "{python} {fixtures}/fresh.py twice {port}", server=300),
    program("py_dozens", "waiting.many", "{python} {fixtures}/fresh.py dozens {port}", server=40),
    program("py_crowd", "queued.own", "{python} {fixtures}/fresh.py crowd"),
    program("py_selects", "loop", "{python} {fixtures}/fresh.py selects {port}", server=50, also=["mixed"]),
    program("py_dozing", "timer", "{python} {fixtures}/fresh.py dozing", also=["loop", "waiting.many"]),
    program("py_halves", "mixed", "{python} {fixtures}/fresh.py halves"),
    program("py_pipe", "timer", "{python} {fixtures}/fresh.py pipe", also=["waiting.pipe"]),
    # Node.
    program("node_json", "busy.one_core", "node {fixtures}/fresh.js json", needs=["node"], long=True,
            also=["busy.some_cores"]),
    program("node_row", "waiting.sequence", "node {fixtures}/fresh.js row {port}", server=20, needs=["node"],
            long=True, also=["loop"]),
    program("node_many", "loop", "node {fixtures}/fresh.js many {port}", server=60, needs=["node"], long=True,
            also=["mixed"]),
    program("node_workers", "busy.all_cores", "node {fixtures}/fresh.js workers", needs=["node"], long=True,
            also=["busy.some_cores"]),
    program("node_serve", "idle.clients", "node {fixtures}/fresh.js serve", needs=["node"], long=True, attach=True,
            also=["loop"]),
    program("node_keys", "queued.own", "node {fixtures}/fresh.js keys", needs=["node"], long=True,
            also=["busy.all_cores"]),
    program("node_interval", "timer", "node {fixtures}/fresh.js interval", needs=["node"], long=True, also=["loop"]),
    # Compilers.
    program("assembly", "busy.one_core", "{cxx} -std=c++20 -O2 -S -o {folder}/s {fixtures}/network.cpp",
            also=["mixed"]),
    program("check_syntax", "busy.one_core", "{cxx} -std=c++20 -fsyntax-only {fixtures}/fresh_cpp.cpp",
            also=["mixed"]),
    program("rust_compiler", "busy.one_core", "rustc -O -o {folder}/x {fixtures}/fresh_rust.rs", needs=["rustc"],
            long=True, also=["busy.some_cores", "busy.all_cores", "mixed"]),
    program("gofmt", "busy.all_cores", "sh -c 'gofmt -l $(go env GOROOT)/src/net $(go env GOROOT)/src/runtime'",
            needs=["go", "gofmt"], long=True, also=["busy.some_cores", "busy.one_core", "mixed"]),
    # Archivers and other tools.
    program("tar_zstd", "busy.one_core", "sh -c 'tar cf - {text} {text} | zstd -12 -c'", needs=["zstd"],
            also=["busy.some_cores"]),
    program("zstd_two", "busy.all_cores", "zstd -T2 -13 -B1MiB -c {text}", needs=["zstd"], also=["busy.some_cores"]),
    program("lz4", "busy.one_core", "lz4 -9 -c {text}", needs=["lz4"]),
    program("gzip_and_back", "busy.some_cores", "sh -c 'gzip -4 -c {text} | gzip -dc | md5sum'",
            also=["busy.one_core", "busy.all_cores"]),
    program("sort_two", "busy.some_cores", "sort --parallel=2 -S 200M {text}",
            also=["busy.one_core", "busy.all_cores"]),
    program("awk_words", "busy.one_core", "awk '{{for(i=1;i<=NF;i++)c[$i]++}}END{{for(w in c)n++;print n}}' {text}"),
    program("jq", "busy.one_core", "jq -n '[range(900000)]|map(.*3)|add'", needs=["jq"]),
    program("urandom", "busy.some_cores", "sh -c 'head -c 200M /dev/urandom | sha1sum'",
            also=["busy.one_core", "busy.all_cores"]),
    program("openssl_one", "busy.one_core", "openssl speed -seconds 1 -bytes 8192 sha256", needs=["openssl"]),
    program("openssl_two", "busy.all_cores", "openssl speed -multi 2 -seconds 1 -bytes 8192 sha256",
            needs=["openssl"], also=["busy.some_cores"]),
    program("perl_forks", "queued.own",
            "perl -e 'for(1..6){{next if fork;for(1..5000000){{$s+=$_%7}}exit}}1 while wait>0'", needs=["perl"]),
    program("dd_direct", "disk",
            "sh -c 'for i in 1 2 3 4 5 6 7 8; do dd if={file} of=/dev/null bs=64k iflag=direct; done'", also=["mixed"]),
    program("copy_and_sync", "disk",
            "sh -c 'i=0; while [ $i -lt 40 ]; do cp {fixtures}/network.cpp {folder}/$i; sync {folder}/$i; "
            "i=$((i+1)); done'", also=["mixed", "busy.short_processes"]),
    # Databases.
    program("sqlite_recursive", "busy.one_core",
            "sqlite3 :memory: 'with recursive c(x) as (select 1 union all select x+1 from c where x<4000000) "
            "select sum(x) from c'", needs=["sqlite3"]),
    program("sqlite_inserts", "disk", SQL, needs=["sqlite3"], also=["mixed"]),
    program("nginx_idle", "idle.clients", NGINX, needs=["nginx"], attach=True, also=["loop"]),
    # Shell.
    program("find_true", "busy.short_processes", "find {tree} -type f -exec /bin/true {{}} ;"),
    program("xargs_sleeps", "waiting.many", "sh -c 'seq 40 | xargs -P8 -I@ sleep 0.15'", also=["timer"]),
    program("three_sleeps", "timer", "sh -c 'sleep 0.3 & sleep 0.6 & sleep 0.9; wait'", also=["waiting.some"]),
    program("sleep_into_cat", "timer", "sh -c 'sleep 0.8 | cat'", also=["waiting.pipe"]),
    program("flock_command", "lock", "flock {folder}/lock true", before="hold"),
]
