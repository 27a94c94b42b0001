//! atemerev/skynet: a tree of tasks.

use protocol::Arguments;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::{Outcome, Work, in_task, timed};

pub fn find(work: &str, blocked: bool) -> Option<Work> {
    (work == "skynet_1m" && !blocked).then_some(skynet)
}

/// The number of tasks and the sum of the leaves below `first`, which itself is one of `leaves`.
fn node(first: u64, leaves: u64, fan: u64) -> JoinHandle<(u64, u64)> {
    tokio::spawn(async move {
        if leaves == 1 {
            return (1, first);
        }
        let below = leaves / fan;
        let children = (0..fan).map(|child| node(first + child * below, below, fan));
        let (mut tasks, mut sum) = (1, 0);
        for child in children.collect::<Vec<_>>() {
            let (child_tasks, child_sum) = child.await.unwrap();
            tasks += child_tasks;
            sum += child_sum;
        }
        (tasks, sum)
    })
}

fn skynet(runtime: &Runtime, arguments: &Arguments, iterations: u64) -> Outcome {
    let (leaves, fan) = (arguments.get("leaves"), arguments.get("fan"));
    let main = timed(iterations, async move || {
        node(0, leaves, fan).await.unwrap()
    });
    in_task(runtime, main)
}
