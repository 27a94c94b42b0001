"""Real programs and what each of them does, as somebody says who reads the program.

`label` is the verdict that the program deserves. `also` are others that would be no error, because
the program sits near a border or the machine decides (a fast disk, a busy neighbour).

Words in `run` that are replaced: {cxx} (a compiler), {cpu} {network} {threads} {processes} {disk} {many_threads} {wakeups} {waits_rust} {waits_go} (programs
built from fixtures/, which say why each label is what it is), {fixtures} (the folder), {port} (of a server that answers after `server` ms), {file} (64 MiB
on a disk), {folder} (an empty one), {tree} (a folder of sources), {text} (a large text), {python}.
"""

import collections
import json
import pathlib

Program = collections.namedtuple("Program", "name label also run server attach before needs long")


def program(name, label, run, also=(), server=None, attach=False, before=None, needs=(), long=False):
    return Program(name, label, tuple(also), run, server, attach, before, tuple(needs), long)


def labelled(name):
    """Makes the programs of a set that has its labels in a file of that name beside this one."""
    labels = {each["name"]: each for each in
              json.loads(pathlib.Path(__file__).with_name(name).read_text())}

    def one(name, run, **how):
        return program(name, labels[name]["label"], run, also=labels[name]["also"], **how)
    return one


ALL = [
    # One core.
    program("xorshift", "busy.one_core", "{cpu} one 0.8"),
    program("random_memory", "busy.one_core", "{cpu} memory 0.8"),
    program("gzip", "busy.one_core", "gzip -6 -c {text}"),
    program("xz", "busy.one_core", "xz -3 -T1 -c {text}", needs=["xz"]),
    program("bzip2", "busy.one_core", "bzip2 -c {text}", needs=["bzip2"]),
    program("sha256", "busy.one_core", "sh -c 'cat {text} {text} {text} {text} {text} {text} | sha256sum'",
            also=["busy.some_cores", "busy.all_cores"]),
    program("compiler", "busy.one_core", "{cxx} -std=c++20 -O2 -c -o {folder}/o {fixtures}/threads.cpp",
            also=["mixed"]),
    program("python_compute", "busy.one_core", "{python} {fixtures}/compute.py 0.8"),
    program("sqlite_select", "busy.one_core", "{python} {fixtures}/database.py select - 0.8"),
    program("awk", "busy.one_core", "awk 'BEGIN{{for(i=0;i<9000000;i++)s+=i%7;print s}}'"),
    program("shell_loop", "busy.one_core", "sh -c 'i=0; while [ $i -lt 600000 ]; do i=$((i+1)); done'"),
    program("perl_compute", "busy.one_core", "perl -e 'for(1..9000000){{$s+=$_%7}}print $s'", needs=["perl"]),
    program("sort_one", "busy.one_core", "sort --parallel=1 -S 200M {text}"),
    program("cached_reads", "busy.one_core", "{disk} cached {file} 0.8"),
    # All cores, or too many threads for them.
    program("two_threads", "busy.all_cores", "{cpu} threads 0.8 2", also=["busy.some_cores", "queued.own"]),
    program("xz_two", "busy.all_cores", "xz -3 -T2 --block-size=2MiB -c {text}", also=["busy.some_cores"],
            needs=["xz"]),
    program("processes_two", "busy.all_cores", "{python} {fixtures}/compute.py 0.8 2",
            also=["busy.some_cores"]),
    program("make_two", "busy.all_cores",
            "sh -c '{cxx} -O1 -c -o {folder}/a {fixtures}/threads.cpp & {cxx} -O1 -c -o {folder}/b {fixtures}/network.cpp & wait'",
            also=["busy.some_cores", "mixed"]),
    program("lock_rarely", "busy.all_cores", "{threads} rarely 0.8 2", also=["busy.some_cores"]),
    program("sixteen_spinners", "queued.own", "{cpu} threads 0.8 16"),
    program("eight_processes", "queued.own", "{python} {fixtures}/compute.py 0.6 8"),
    # Short processes.
    program("two_hundred_true", "busy.short_processes",
            "sh -c 'i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i+1)); done'"),
    program("expr_loop", "busy.short_processes",
            "sh -c 'i=0; while [ $i -lt 150 ]; do i=$(expr $i + 1); done'"),
    # Network.
    program("hundred_in_a_row", "waiting.sequence", "{network} ask {port} 1 100", server=10),
    program("thirty_slow_in_a_row", "waiting.sequence", "{network} ask {port} 1 30", server=50),
    program("three_requests", "waiting.few", "{network} ask {port} 1 3", server=60),
    program("one_request", "waiting.few", "{network} ask {port} 1 1", server=400),
    program("two_at_once", "waiting.some", "{network} ask {port} 2 40", server=20),
    program("three_at_once", "waiting.some", "{network} ask {port} 3 40", server=20),
    program("fifty_at_once", "waiting.many", "{network} ask {port} 50 40", server=20),
    program("five_hundred_at_once", "waiting.many", "{network} ask {port} 500 6", server=100),
    program("sixteen_at_once", "waiting.many", "{network} ask {port} 16 30", server=30),
    program("python_row", "waiting.sequence", "{python} {fixtures}/fetch.py row {port} 60", server=20),
    program("row_beside_a_sleeper", "waiting.sequence", "{python} {fixtures}/fetch.py beside {port} 60", server=20),
    program("python_few", "waiting.few", "{python} {fixtures}/fetch.py row {port} 4", server=60),
    program("python_pool", "waiting.many", "{python} {fixtures}/fetch.py pool {port} 40 24", server=30),
    program("asyncio", "loop", "{python} {fixtures}/fetch.py loop {port} 20 200", server=50, also=["mixed"]),
    program("poll_loop", "loop", "{network} poll {port} 100 20", server=30, also=["mixed"]),
    program("twelve_in_a_row", "waiting.sequence", "{network} ask {port} 1 12", server=60),
    program("eight_in_a_row", "waiting.sequence", "{network} ask {port} 1 8", server=100),
    program("spare_connections", "waiting.sequence", "{network} spare {port} 4 20", server=40),
    program("loop_that_computes", "loop", "{network} crunch {port} 12 250", server=4),
    program("curls", "waiting.sequence",
            "sh -c 'i=0; while [ $i -lt 25 ]; do {network} ask {port} 1 1; i=$((i+1)); done'", server=40),
    # Servers that wait for clients.
    program("idle_thread_server", "idle.clients", "{network} echo 0", attach=True, before="idle 300"),
    program("idle_loop_server", "idle.clients", "{network} serve 0 5", attach=True, before="idle 200",
            also=["loop"]),
    program("unused_server", "idle.clients", "{network} echo 0", attach=True),
    program("http_server", "idle.clients", "{python} -u -m http.server --bind 127.0.0.1 0", attach=True,
            also=["loop"]),
    program("udp_server", "idle.clients", "{python} {fixtures}/udp_server.py", attach=True),
    program("pressed_loop", "loop", "{network} work 0 2", attach=True, before="press 6"),
    # Locks and turns.
    program("mutex_eight", "lock", "{threads} mutex 0.8 8"),
    program("mutex_two", "lock", "{threads} mutex 0.8 2", also=["turns"]),
    program("ping_pong", "turns", "{threads} pingpong 0.8", also=["lock"]),
    program("pipe_turns", "turns", "{threads} pipes 0.8"),
    program("python_gil", "turns", "{python} {fixtures}/gil.py 0.8"),
    program("processes_lock", "lock", "{processes} lock 0.8 3"),
    program("processes_ring", "turns", "{processes} ring 0.8 4"),
    program("processes_pipes", "turns", "{processes} pipes 0.8"),
    program("processes_pair", "turns", "{processes} pair 0.8"),
    program("processes_row", "busy.one_core", "{processes} row 0.8"),
    program("semaphore_lock", "lock", "{wakeups} semaphore 1.2"),
    program("shared_semaphore", "lock", "{wakeups} shared 1.2"),
    program("event_turns", "turns", "{wakeups} events 0.8"),
    program("message_turns", "turns", "{wakeups} messages 0.8"),
    program("short_locks", "lock", "sh -c 'for i in 1 2 3 4; do for j in 1 2 3 4 5 6 7 8; do "
            "flock {folder}/lock {cpu} one 0.04; done & done; wait'", needs=["flock"]),
    program("flock_held", "lock", "{threads} flock 0 1 {folder}/lock", before="hold"),
    # Disk.
    program("direct_sixteen", "disk", "{disk} direct {file} 0.8 16", also=["mixed"]),
    program("direct_one", "disk", "{disk} direct {file} 0.8 1", also=["mixed"]),
    program("sync_writes", "disk", "{disk} sync {folder}/s 0.8", also=["mixed"]),
    program("helped_writes", "disk", "{disk} helped {folder}/h 0.8", also=["mixed"]),
    program("sqlite_commit", "disk", "{python} {fixtures}/database.py commit {folder}/db 0.8", also=["mixed"]),
    program("copies", "disk", "sh -c 'for i in 1 2 3 4 5 6 7 8 9; do for j in 1 2 3 4 5 6; do cp {text} {folder}/$j; "
            "sync {folder}/$j; done; done'", also=["mixed"]),
    program("dd_sync", "disk", "dd if=/dev/zero of={folder}/dd bs=64k count=400 oflag=direct,dsync",
            also=["mixed"]),
    # Timers.
    program("sleep", "timer", "sleep 0.6"),
    program("sleep_in_shell", "timer", "sh -c 'for i in 1 2 3 4 5 6; do sleep 0.1; done'"),
    program("alarms", "timer", "{wakeups} alarm 0.8"),
    program("hundred_sleepers", "waiting.many", "{threads} sleepers 0.8 100", also=["timer"]),
    program("idle_pool", "timer", "{threads} pool 0.8 100", also=["idle.parked"]),
    # Pipes, children, terminals, mixtures.
    program("tail", "idle.parked", "timeout 1 tail -f {text}", also=["loop", "timer", "waiting.child"]),
    program("reads_a_pipe", "waiting.pipe", "sh -c 'exec 9<>{folder}/fifo; cat <&9 & sleep 0.6; kill $!'",
            before="fifo", also=["timer"]),
    program("phases", "mixed", "{cpu} phases 1.2"),
    program("computes_and_asks", "mixed", "sh -c '{cpu} one 1.2; {network} ask {port} 1 1'", server=1200),
    program("rounds_of_sleepers", "timer", "{threads} rounds 2 3"),
    program("halves", "mixed", "{threads} halves 1.2"),
    program("bursts", "timer", "{cpu} bursts 1.0"),
    program("producer_consumer", "busy.one_core", "{threads} queue 0.8", also=["busy.some_cores", "mixed", "turns"]),
    program("grep_tree", "busy.one_core", "grep -rc int {tree} {tree} {tree} {tree} {tree}",
            also=["mixed", "disk", "short"]),
    program("true", "short", "true"),
    # Other languages, where they are.
    program("node_timer", "timer", "node -e 'setTimeout(()=>0,600)'", needs=["node"], long=True,
            also=["loop", "mixed"]),
    program("node_compute", "busy.one_core", "node -e 'let s=0;for(let i=0;i<9e8;i++)s+=i%7;console.log(s)'",
            needs=["node"], long=True),
    program("java_compute", "busy.one_core", "java {fixtures}/Compute.java", needs=["java"], long=True,
            also=["busy.all_cores", "busy.some_cores"]),
    program("java_lock", "lock", "java -cp {java} Locks lock 2", needs=["javac", "java"], long=True),
    program("java_monitor_of_two", "lock", "java -cp {java} Locks monitor 2", needs=["javac", "java"], long=True),
    program("java_exchange", "turns", "java -cp {java} Locks exchange 2", needs=["javac", "java"], long=True),
    program("java_told", "turns", "java -cp {java} Locks told 2", needs=["javac", "java"], long=True),
    program("node_lock", "lock", "node {fixtures}/workers.js lock 1.2", needs=["node"], long=True),
    program("node_files", "disk", "node {fixtures}/workers.js files 1.2 {folder}", needs=["node"], long=True,
            also=["mixed", "turns"]),  # where the disk answers at once, what is left is to hand over to the helpers
    program("node_hashes", "busy.one_core", "node {fixtures}/workers.js hashes 1.2", needs=["node"], long=True),
    program("node_children", "timer", "node {fixtures}/workers.js children 1.2", needs=["node"], long=True,
            also=["waiting.child"]),
    program("node_messages", "turns", "node {fixtures}/workers.js messages 1.2", needs=["node"], long=True),
    program("rust_compute", "busy.one_core", "{waits_rust} compute 0.8", needs=["rustc"], long=True),
    program("rust_spread", "busy.all_cores", "{waits_rust} spread 0.8", needs=["rustc"], long=True,
            also=["busy.some_cores", "queued.own"]),
    program("rust_row", "waiting.sequence", "{waits_rust} row 60 {port}", server=15, needs=["rustc"], long=True),
    program("rust_few", "waiting.few", "{waits_rust} few 3 {port}", server=80, needs=["rustc"], long=True),
    program("rust_pool", "waiting.many", "{waits_rust} pool 30 {port} 20", server=30, needs=["rustc"], long=True),
    program("rust_mutex", "lock", "{waits_rust} mutex 0.8", needs=["rustc"], long=True, also=["turns"]),
    program("rust_turns", "turns", "{waits_rust} turns 0.8", needs=["rustc"], long=True, also=["lock"]),
    program("rust_sleep", "timer", "{waits_rust} sleep 0.6", needs=["rustc"], long=True),
    program("rust_file", "disk", "{waits_rust} file 0.8 {folder}/f", needs=["rustc"], long=True, also=["mixed"]),
    program("go_compute", "busy.one_core", "{waits_go} compute 0.8", needs=["go"], long=True),
    program("go_spread", "busy.all_cores", "{waits_go} spread 0.8", needs=["go"], long=True,
            also=["busy.some_cores", "queued.own"]),
    program("go_row", "waiting.sequence", "{waits_go} row 60 {port}", server=15, needs=["go"], long=True),
    program("go_many", "loop", "{waits_go} many 20 {port} 100", server=40, needs=["go"], long=True, also=["mixed"]),
    program("go_mutex", "lock", "{waits_go} mutex 0.8", needs=["go"], long=True, also=["turns"]),
    program("go_rwmutex", "lock", "{waits_go} rwmutex 1.2", needs=["go"], long=True),
    program("go_channel", "turns", "{waits_go} channel 1.2", needs=["go"], long=True),
    program("go_parked", "idle.parked", "{waits_go} parked 1", attach=True, needs=["go"], long=True),
    program("go_garbage", "busy.one_core", "{waits_go} garbage 1.2", needs=["go"], long=True,
            also=["busy.some_cores"]),
    program("go_sync", "disk", "{waits_go} sync 1.2 {folder}", needs=["go"], long=True, also=["mixed"]),
    program("go_sleep", "timer", "{waits_go} sleep 0.6", needs=["go"], long=True),
    program("go_exec", "waiting.child", "{waits_go} exec 0.6", needs=["go"], long=True, also=["timer"]),
    program("perl_sleep", "timer", "perl -e 'select undef,undef,undef,.1 for 1..6'", needs=["perl"]),
]
