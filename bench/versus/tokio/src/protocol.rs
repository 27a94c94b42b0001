//! What all programs of this peer share of PROTOCOL.md: parameters, leaving, the runtime.

use std::collections::HashMap;
use std::str::FromStr;

use tokio::runtime::{Builder, Runtime};

pub struct Arguments {
    pub work: String,
    values: HashMap<String, String>,
}

impl Arguments {
    pub fn from_command_line() -> Self {
        let (mut work, mut values) = (String::new(), HashMap::new());
        for argument in std::env::args().skip(1) {
            match argument.split_once('=') {
                Some((key, value)) => {
                    values.insert(key.to_owned(), value.to_owned());
                }
                None => work = argument,
            }
        }
        Self { work, values }
    }

    pub fn get<T: FromStr>(&self, key: &str) -> T {
        let value = self.values.get(key).and_then(|value| value.parse().ok());
        value.unwrap_or_else(|| {
            eprintln!("{key}= is missing or not valid");
            std::process::exit(2)
        })
    }

    pub fn is(&self, key: &str, value: &str) -> bool {
        self.values.get(key).is_some_and(|found| found == value)
    }
}

/// The multi-thread runtime; where one thread is all there is, the one made for that.
pub fn runtime(workers: usize, single_threaded: bool) -> Runtime {
    let mut builder = if single_threaded {
        Builder::new_current_thread()
    } else {
        Builder::new_multi_thread()
    };
    builder
        .worker_threads(workers)
        .enable_all()
        .build()
        .expect("a runtime")
}

extern "C" fn leave(_: libc::c_int) {
    unsafe { libc::_exit(0) }
}

pub fn leave_on_sigterm() {
    unsafe { libc::signal(libc::SIGTERM, leave as *const () as libc::sighandler_t) };
}

/// For servers, on their main thread: waits for the end of stdin, or for `quit`, and leaves.
pub fn leave_with_stdin() -> ! {
    let quit = |line: std::io::Result<String>| line.map_or(true, |line| line.trim() == "quit");
    std::io::stdin().lines().any(quit);
    std::process::exit(0)
}
