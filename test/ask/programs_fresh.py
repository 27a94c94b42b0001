"""The second set of programs, for which no rule was ever tuned; see programs.py for the words in `run`.

Their labels are in labels_fresh.json, with a reason each: blind.md says who gave them, and how. `confusion.py
--half` cuts the set in two by a hash of the names: one half may be looked at while rules are worked on, and the
blind half is run once, when they are done.
"""

from programs import labelled

fresh = labelled("labels_fresh.json")


SQL = ('sh -c \'(echo "create table t(a);"; i=0; while [ $i -lt 300 ]; do echo "insert into t values($i);"; '
       'i=$((i+1)); done) | sqlite3 {folder}/db\'')
NGINX = ('sh -c \'echo "daemon off; master_process off; pid {folder}/p; events {{}} http {{ access_log off; '
         'client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3; '
         'uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5; server {{ listen unix:{folder}/s; }} }}" '
         '> {folder}/n; echo 10000; exec nginx -e {folder}/e -p {folder} -c {folder}/n\'')

FRESH = [
    # C.
    fresh("c_matrix", "{fresh_c} matrix"),
    fresh("c_looks", "{fresh_c} looks"),
    fresh("c_token", "{fresh_c} token"),
    fresh("c_table", "{fresh_c} table"),
    fresh("c_pinned", "{fresh_c} pinned"),
    fresh("c_eight_spinners", "{fresh_c} spinners 8"),
    fresh("c_two_spinners", "{fresh_c} spinners 2"),
    fresh("c_reads", "{fresh_c} reads 0 {file}"),
    fresh("c_two_children", "{fresh_c} children 2"),
    fresh("c_seven_children", "{fresh_c} children 7"),
    fresh("c_alarm", "{fresh_c} alarm"),
    fresh("c_reconnects", "{fresh_c} reconnects {port}", server=20),
    fresh("c_dozen", "{fresh_c} dozen {port}", server=40),
    fresh("c_twice", "{fresh_c} twice {port}", server=250),
    fresh("c_walks", "{fresh_c} walks"),
    fresh("c_journal", "{fresh_c} journal 0 {folder}/j"),
    fresh("c_to_and_fro", "{fresh_c} to_and_fro"),
    # C++.
    fresh("cpp_regex", "{fresh_cpp} regex"),
    fresh("cpp_futures", "{fresh_cpp} futures"),
    fresh("cpp_stages", "{fresh_cpp} stages"),
    fresh("cpp_barrier", "{fresh_cpp} barrier"),
    fresh("cpp_three", "{fresh_cpp} three {port}", server=200),
    fresh("cpp_readers", "{fresh_cpp} readers"),
    fresh("cpp_thirty", "{fresh_cpp} thirty {port}", server=50),
    fresh("cpp_polls", "{fresh_cpp} polls"),
    fresh("cpp_locked", "{fresh_cpp} locked"),
    fresh("cpp_workers", "{fresh_cpp} workers"),
    # Rust.
    fresh("rust_words", "{fresh_rust} words", needs=["rustc"], long=True),
    fresh("rust_workers", "{fresh_rust} workers", needs=["rustc"], long=True),
    fresh("rust_fresh_connections", "{fresh_rust} fresh {port}", server=30,
            needs=["rustc"], long=True),
    fresh("rust_many", "{fresh_rust} many {port}", server=40, needs=["rustc"], long=True),
    fresh("rust_limited", "{fresh_rust} limited", needs=["rustc"], long=True),
    fresh("rust_write_lock", "{fresh_rust} write_lock", needs=["rustc"], long=True),
    # Go. Its collector may use another core for a moment.
    fresh("go_compresses", "{fresh_go} compresses", needs=["go"], long=True),
    fresh("go_sorts", "{fresh_go} sorts", needs=["go"], long=True),
    fresh("go_ticks", "{fresh_go} ticks", needs=["go"], long=True),
    fresh("go_serves", "{fresh_go} serves", needs=["go"], long=True, attach=True),
    fresh("go_few", "{fresh_go} few {port}", server=200, needs=["go"], long=True),
    fresh("go_crowd", "{fresh_go} many {port}", server=60, needs=["go"], long=True),
    # Java. Its start is work, too.
    fresh("java_spread", "java -cp {java} Fresh spread", needs=["javac", "java"], long=True),
    fresh("java_monitor", "java -cp {java} Fresh monitor", needs=["javac", "java"], long=True),
    fresh("java_sleeps", "java -cp {java} Fresh sleeps", needs=["javac", "java"], long=True),
    fresh("java_pool", "java -cp {java} Fresh pool {port}", server=50, needs=["javac", "java"],
            long=True),
    fresh("java_row", "java -cp {java} Fresh row {port}", server=40, needs=["javac", "java"],
            long=True),
    fresh("javac", "javac -d {folder} {fixtures}/Fresh.java", needs=["javac"], long=True),
    # Python.
    fresh("py_jsons", "{python} {fixtures}/fresh.py jsons"),
    fresh("py_sleepers", "{python} {fixtures}/fresh.py sleepers"),
    fresh("py_hashes", "{python} {fixtures}/fresh.py hashes"),
    fresh("py_children", "{python} {fixtures}/fresh.py children"),
    fresh("py_twice", "{python} {fixtures}/fresh.py twice {port}", server=300),
    fresh("py_dozens", "{python} {fixtures}/fresh.py dozens {port}", server=40),
    fresh("py_crowd", "{python} {fixtures}/fresh.py crowd"),
    fresh("py_selects", "{python} {fixtures}/fresh.py selects {port}", server=50),
    fresh("py_dozing", "{python} {fixtures}/fresh.py dozing"),
    fresh("py_halves", "{python} {fixtures}/fresh.py halves"),
    fresh("py_pipe", "{python} {fixtures}/fresh.py pipe"),
    # Node.
    fresh("node_json", "node {fixtures}/fresh.js json", needs=["node"], long=True),
    fresh("node_row", "node {fixtures}/fresh.js row {port}", server=20, needs=["node"],
            long=True),
    fresh("node_many", "node {fixtures}/fresh.js many {port}", server=60, needs=["node"], long=True),
    fresh("node_workers", "node {fixtures}/fresh.js workers", needs=["node"], long=True),
    fresh("node_serve", "node {fixtures}/fresh.js serve", needs=["node"], long=True, attach=True),
    fresh("node_keys", "node {fixtures}/fresh.js keys", needs=["node"], long=True),
    fresh("node_interval", "node {fixtures}/fresh.js interval", needs=["node"], long=True),
    # Compilers.
    fresh("assembly", "{cxx} -std=c++20 -O2 -S -o {folder}/s {fixtures}/network.cpp"),
    fresh("check_syntax", "{cxx} -std=c++20 -fsyntax-only {fixtures}/fresh_cpp.cpp"),
    fresh("rust_compiler", "rustc -O -o {folder}/x {fixtures}/fresh_rust.rs", needs=["rustc"],
            long=True),
    fresh("gofmt", "sh -c 'gofmt -l $(go env GOROOT)/src/net $(go env GOROOT)/src/runtime'",
            needs=["go", "gofmt"], long=True),
    # Archivers and other tools.
    fresh("tar_zstd", "sh -c 'tar cf - {text} {text} | zstd -12 -c'", needs=["zstd"]),
    fresh("zstd_two", "zstd -T2 -13 -B1MiB -c {text}", needs=["zstd"]),
    fresh("lz4", "lz4 -9 -c {text}", needs=["lz4"]),
    fresh("gzip_and_back", "sh -c 'gzip -4 -c {text} | gzip -dc | md5sum'"),
    fresh("sort_two", "sort --parallel=2 -S 200M {text}"),
    fresh("awk_words", "awk '{{for(i=1;i<=NF;i++)c[$i]++}}END{{for(w in c)n++;print n}}' {text}"),
    fresh("jq", "jq -n '[range(900000)]|map(.*3)|add'", needs=["jq"]),
    fresh("urandom", "sh -c 'head -c 200M /dev/urandom | sha1sum'"),
    fresh("openssl_one", "openssl speed -seconds 1 -bytes 8192 sha256", needs=["openssl"]),
    fresh("openssl_two", "openssl speed -multi 2 -seconds 1 -bytes 8192 sha256",
            needs=["openssl"]),
    fresh("perl_forks",
            "perl -e 'for(1..6){{next if fork;for(1..5000000){{$s+=$_%7}}exit}}1 while wait>0'", needs=["perl"]),
    fresh("dd_direct",
            "sh -c 'for i in 1 2 3 4 5 6 7 8; do dd if={file} of=/dev/null bs=64k iflag=direct; done'"),
    fresh("copy_and_sync",
            "sh -c 'i=0; while [ $i -lt 40 ]; do cp {fixtures}/network.cpp {folder}/$i; sync {folder}/$i; "
            "i=$((i+1)); done'"),
    # Databases.
    fresh("sqlite_recursive",
            "sqlite3 :memory: 'with recursive c(x) as (select 1 union all select x+1 from c where x<4000000) "
            "select sum(x) from c'", needs=["sqlite3"]),
    fresh("sqlite_inserts", SQL, needs=["sqlite3"]),
    fresh("nginx_idle", NGINX, needs=["nginx"], attach=True),
    # Shell.
    fresh("find_true", "find {tree} -type f -exec /bin/true {{}} ;"),
    fresh("xargs_sleeps", "sh -c 'seq 40 | xargs -P8 -I@ sleep 0.15'"),
    fresh("three_sleeps", "sh -c 'sleep 0.3 & sleep 0.6 & sleep 0.9; wait'"),
    fresh("sleep_into_cat", "sh -c 'sleep 0.8 | cat'"),
    fresh("flock_command", "flock {folder}/lock true", before="hold"),
]
