#include "ask/verdict.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "ask/report.hpp"
#include "ask/words.hpp"
#include "text/number.hpp"
#include "unit/apps/ask_runs.hpp"

namespace aside_test {
namespace {

using namespace aside_app::ask;

TEST(ask_verdict, by_what_the_program_does) {
  EXPECT_EQ(judge(ran(busy(0.98))).code, "busy.one_core");
  EXPECT_EQ(judge(ran(busy(1.45))).code, "busy.some_cores");
  EXPECT_EQ(judge(ran(busy(1.95))).code, "busy.all_cores");
  EXPECT_EQ(judge(ran(waits_for(cause::network, 50))).code, "waiting.many");
  EXPECT_EQ(judge(ran(waits_for(cause::network, 2.5))).code, "waiting.some");
  EXPECT_EQ(judge(ran(waits_for(cause::timer, 1))).code, "timer");
  EXPECT_EQ(judge(ran(waits_for(cause::timer, 3))).code, "timer");
  EXPECT_EQ(judge(ran(waits_for(cause::timer, 20))).advice, "simple");
  EXPECT_EQ(judge(ran(waits_for(cause::timer, 1'000))).advice, "tasks");
  EXPECT_EQ(judge(ran(waits_for(cause::disk, 1))).code, "disk");
  EXPECT_EQ(judge(ran(waits_for(cause::loop, 1))).code, "loop");
  EXPECT_EQ(judge(ran(waits_for(cause::clients, 300))).code, "idle.clients");
  EXPECT_EQ(judge(ran(waits_for(cause::network, 1, 0.55))).code, "mixed");
}

TEST(ask_verdict, half_of_the_time_is_not_the_start_of_an_interpreter) {
  auto half = ran(waits_for(cause::network, 1, 0.48));
  wait_often(half, cause::network, 2);
  EXPECT_EQ(judge(half).code, "waiting.few");
  for (int i = 0; i < 20; ++i) {
    auto part = half.stretches.pieces(20)[static_cast<std::size_t>(i)];
    half.stretches.add(part);
    half.stretches.add(part);
  }
  half.wall = 3;
  EXPECT_EQ(judge(half).code, "mixed") << "it computes for 1.4 s";
}

TEST(ask_verdict, what_short_processes_wait_for_they_wait_for_together) {
  const auto short_ones = [](cause why, double busy_share, double kernel) {
    auto found = ran(waits_for(why, 1, busy_share));
    found.cpu = busy_share;
    found.short_process_cpu = 0.9 * found.cpu;
    found.process_count = 60;
    found.kernel_share = kernel;
    return judge(found).code;
  };
  EXPECT_EQ(short_ones(cause::child, 0.6, 0.6), "busy.short_processes");
  EXPECT_EQ(short_ones(cause::disk, 0.6, 0.85), "disk");
  EXPECT_EQ(short_ones(cause::disk, 0.6, 0.6), "mixed") << "the work is its own";
  EXPECT_EQ(short_ones(cause::lock, 0.5, 0.1), "lock");
  auto at_work = busy(0.99);
  at_work.waiting[index_of(cause::lock)] = 3;
  at_work.held_up[index_of(cause::lock)] = 0.01;
  auto queue = ran(at_work);
  queue.short_process_cpu = 0.9;
  queue.process_count = 60;
  EXPECT_EQ(judge(queue).code, "lock") << "one at a time works, without a rest, and the others want it";
  at_work.some_ran = 0.99;
  at_work.held_up[index_of(cause::lock)] = 0.001;
  at_work.held_up[index_of(cause::join)] = 0.009;
  EXPECT_EQ(judge(ran(at_work)).code, "lock") << "the end of the run is none of its time without work";
}

TEST(ask_verdict, a_disk_that_answers_at_once_is_one_by_the_kernels_work_for_it) {
  const auto writer = [](double kernel, std::uint64_t switches) {
    auto found = ran(waits_for(cause::disk, 1, 0.93));
    found.cpu = 0.93;
    found.kernel_share = kernel;
    auto& each = found.threads.emplace_back();
    each.pid = each.tid = 1;
    each.life = 1;
    each.running = 0.93;
    each.slices = switches;
    return judge(found).code;
  };
  EXPECT_EQ(writer(0.93, 5'000), "disk");
  EXPECT_EQ(writer(0.85, 5'000), "busy.one_core") << "it computes, too";
  EXPECT_EQ(writer(0.93, 100), "busy.one_core") << "it hardly ever asks";
}

TEST(ask_verdict, processes_that_nobody_saw_are_known_by_what_they_ran) {
  const auto unseen = [](std::uint64_t looks) {
    auto found = ran(busy(0.1));
    found.exact = false;
    found.cpu = 0.98;
    found.unseen_cpu = 0.88;
    found.kernel_share = 0.3;
    found.process_count = 4;
    found.sweeps = looks;
    return judge(found).code;
  };
  EXPECT_EQ(unseen(100), "busy.short_processes") << "each for a hundredth of the run at most";
  EXPECT_EQ(unseen(4), "busy.one_core") << "they may have been a few";
}

TEST(ask_verdict, a_process_that_computes_for_a_while_is_not_only_begun) {
  const auto children = [](double each, double kernel) {
    auto found = ran(busy(0.97));
    found.short_process_count = 20;
    found.short_process_cpu = 20 * each;
    found.cpu = 0.97;
    found.process_count = 21;
    found.kernel_share = kernel;
    return judge(found).code;
  };
  EXPECT_EQ(children(0.035, 0.25), "busy.short_processes") << "a compiler of small files";
  EXPECT_EQ(children(0.045, 0.25), "busy.one_core");
  EXPECT_EQ(children(0.038, 0.02), "busy.one_core") << "hardly anything of it is the kernel's";
}

TEST(ask_verdict, the_number_of_waits_decides_between_simple_and_overlap) {
  auto few = ran(waits_for(cause::network, 1));
  wait_often(few, cause::network, 3);
  EXPECT_EQ(judge(few).code, "waiting.few");
  EXPECT_EQ(judge(few).advice, "simple");
  auto many = ran(waits_for(cause::network, 1));
  wait_often(many, cause::network, 100);
  EXPECT_EQ(judge(many).code, "waiting.sequence");
  EXPECT_EQ(judge(many).advice, "tasks");
  for (const int times : {8, 12, 14}) {
    auto between = ran(waits_for(cause::network, 1));
    wait_often(between, cause::network, times);
    EXPECT_EQ(judge(between).code, "waiting.sequence") << times;
    EXPECT_EQ(judge(between).how_sure, confidence::close_call) << times;
    EXPECT_EQ(judge(between).runner_up, "waiting.few") << times;
  }
  auto five = ran(waits_for(cause::network, 1));
  wait_often(five, cause::network, 5);
  EXPECT_EQ(judge(five).code, "waiting.few");
}

TEST(ask_verdict, a_thread_that_sleeps_beside_them_does_not_hide_the_waits) {
  auto all = waits_for(cause::network, 1);
  all.waiting[index_of(cause::timer)] = 1;  // all the time, and so for longer
  all.held_up[index_of(cause::network)] = 0.76;
  all.held_up[index_of(cause::timer)] = 0.19;
  auto found = ran(all);
  wait_often(found, cause::network, 100);
  const auto given = judge(found);
  EXPECT_EQ(given.code, "waiting.sequence");
  EXPECT_TRUE(finding_in_words(given, found).starts_with("waiting: 100 waits one after another"))
      << finding_in_words(given, found);
}

TEST(ask_verdict, a_wait_that_is_not_over_is_not_called_none) {
  const auto hangs = ran(waits_for(cause::network, 1));
  EXPECT_EQ(judge(hangs).code, "waiting.few");
  EXPECT_EQ(finding_in_words(judge(hangs), hangs),
            "waiting: one long wait for the network, 95% of the time.");
}

TEST(ask_verdict, who_waits_for_an_answer_while_nobody_asks_waits_for_the_longer) {
  auto all = waits_for(cause::clients, 1);
  all.held_up[index_of(cause::clients)] = 0.42;
  all.held_up[index_of(cause::network)] = 0.53;
  all.waiting[index_of(cause::network)] = 0.53;
  auto server = ran(all);
  wait_often(server, cause::network, 100);
  EXPECT_EQ(judge(server).code, "waiting.sequence") << "its database keeps it from its clients";
}

TEST(ask_verdict, queues) {
  auto own = ran(busy(2, 14));
  own.idle_cores = 0;
  EXPECT_EQ(judge(own).code, "queued.own");
  auto others = ran(busy(0.25, 0.75));
  others.idle_cores = 0;
  EXPECT_EQ(judge(others).code, "queued.others");
  auto starved = ran(busy(0.03, 0.82));
  starved.idle_cores = 0;
  starved.switches = 10'000;
  EXPECT_EQ(judge(starved).code, "queued.others") << "its queues are short, but there are many";
  starved.idle_cores = 1;
  EXPECT_NE(judge(starved).code, "queued.others") << "nobody else has the cores";
  auto answers = waits_for(cause::network, 280, 0.35);
  answers.queued = 1.6;
  auto waking = ran(answers);
  waking.idle_cores = 0;
  waking.switches = 20'000;
  EXPECT_EQ(judge(waking).code, "mixed") << "what else it waited for is to be seen, and is more";
  auto quota = ran(busy(0.3, 0.7));
  quota.throttled = true;
  EXPECT_EQ(judge(quota).code, "queued.quota");
  auto disturbed = ran(busy(0.5, 0.5));
  disturbed.idle_cores = 0;
  EXPECT_EQ(judge(disturbed).code, "busy.one_core") << "a neighbour does not change what it is";
}

TEST(ask_verdict, a_quota_is_one_beside_other_load_too) {
  auto quota = ran(busy(0.3, 0.7));
  quota.cores = 0.3;
  quota.idle_cores = 0;
  EXPECT_NE(judge(quota).code, "queued.own") << "one thread is not too many";
  quota.throttled = true;
  quota.throttled_share = 0.9;
  EXPECT_EQ(judge(quota).code, "queued.quota");
  EXPECT_EQ(finding_in_words(judge(quota), quota), "queued: its cgroup's quota holds it back.");
  quota.throttled_share = 0.02;
  EXPECT_NE(judge(quota).code, "queued.quota") << "once at its start is nothing";
  auto four = ran(busy(1, 3));
  four.cores = 1;
  four.throttled = true;
  four.throttled_share = 0.95;
  four.idle_cores = 0;
  EXPECT_EQ(judge(four).code, "queued.quota");
}

TEST(ask_verdict, a_quota_is_one_however_short_the_queues_are) {
  auto quota = ran(busy(0.7, 1.4));
  quota.cores = 0.8;
  quota.idle_cores = 1.2;
  quota.switches = 20'000;
  quota.throttled_share = 0.9;
  EXPECT_EQ(judge(quota).code, "queued.quota");
}

TEST(ask_verdict, a_few_goroutines_that_wait_are_like_as_many_threads) {
  auto few = ran(waits_for(cause::loop, 1));
  EXPECT_EQ(judge(few).code, "loop");
  few.owing = 2.8;
  EXPECT_EQ(judge(few).code, "waiting.some");
  few.owing = 8;
  EXPECT_EQ(judge(few).code, "loop");
}

TEST(ask_verdict, what_no_piece_says_is_not_said_of_the_whole) {
  const auto calm = ran(busy(0.99)).stretches.pieces(20)[0];
  auto burst = calm;
  burst.queued = 0.5;
  const auto with_bursts = [&](int bursts) {
    auto found = ran(busy(0.99));
    found.stretches = {};
    found.idle_cores = 0.5;
    for (int i = 0; i < 20; ++i)
      found.stretches.add(i < bursts ? burst : calm);
    return found;
  };
  const auto one = with_bursts(1);
  const auto given = judge(one);
  EXPECT_EQ(given.code, "busy.one_core") << "1.5 cores wanted on average, and in no piece";
  EXPECT_EQ(given.advice, "threads");
  EXPECT_EQ(given.pieces_agree, 9u);
  EXPECT_EQ(given.runner_up, "busy.some_cores");
  EXPECT_EQ(given.how_sure, confidence::close_call);
  EXPECT_NE(reasons_of(given, one)[0].find("the sums say busy.some_cores"), std::string::npos);
  EXPECT_EQ(judge(with_bursts(0)).how_sure, confidence::sure);
  const auto often = judge(with_bursts(8));
  EXPECT_FALSE(often.by_pieces) << "too many say something else";
}

TEST(ask_verdict, confidence) {
  EXPECT_EQ(judge(ran(waits_for(cause::network, 50))).how_sure, confidence::sure);
  auto sampled = ran(waits_for(cause::network, 50));
  sampled.exact = false;
  EXPECT_EQ(judge(sampled).how_sure, confidence::likely);
  const auto close = judge(ran(waits_for(cause::network, 4.1)));
  EXPECT_EQ(close.how_sure, confidence::close_call);
  EXPECT_EQ(close.runner_up, "waiting.some");
  EXPECT_EQ(confidence_in_words(close), "close call: waiting.many / waiting.some");
}

TEST(ask_verdict, a_loop_is_a_loop_however_full) {
  auto full = ran(busy(0.98));
  EXPECT_EQ(judge(full).code, "busy.one_core");
  full.served = 6;
  EXPECT_EQ(judge(full).code, "loop");
  EXPECT_EQ(judge(full).advice, "threads");
  EXPECT_TRUE(finding_in_words(judge(full), full).starts_with("busy: an event loop that is full"));
  full.served = 0.9;
  EXPECT_EQ(judge(full).code, "busy.one_core") << "it has one connection, and computes";
  auto several = ran(busy(1.95));
  several.served = 16;
  EXPECT_EQ(judge(several).code, "busy.all_cores") << "a loop runs on one core";
  auto half = ran(waits_for(cause::loop, 1, 0.5));
  EXPECT_EQ(judge(half).code, "loop");
  EXPECT_EQ(judge(half).advice, "simple");
  auto server = ran(waits_for(cause::clients, 1, 0.5));
  EXPECT_EQ(judge(server).code, "mixed") << "it may be a thread for each client";
  server.served = 4;
  EXPECT_EQ(judge(server).code, "loop");
  EXPECT_EQ(judge(ran(waits_for(cause::timer, 1, 0.5))).code, "mixed");
}

TEST(ask_verdict, a_loop_that_is_held_up_is_not_left_alone) {
  for (const auto why : {cause::network, cause::disk, cause::lock}) {
    auto server = ran(waits_for(why, 0.4, 0.55));
    server.served = 4;
    EXPECT_EQ(judge(server).code, "mixed") << name_of(why);
  }
}

TEST(ask_verdict, a_loop_is_full_only_where_it_serves_somebody) {
  const auto nearly = ran(waits_for(cause::loop, 1, 0.71));
  EXPECT_EQ(judge(nearly).code, "loop");
  EXPECT_EQ(judge(nearly).advice, "simple");
  EXPECT_EQ(finding_in_words(judge(nearly), nearly),
            "waiting: an event loop, 29% of the time with nothing to do.");
}

TEST(ask_verdict, what_goes_to_others_is_what_others_have) {
  auto own = ran(busy(1.9, 1.9));
  own.switches = 10'000;
  own.idle_cores = 0;
  EXPECT_EQ(judge(own).code, "busy.all_cores");
  EXPECT_EQ(finding_in_words(judge(own), own), "busy: it keeps all 2 cores busy.")
      << "its own threads queue for them";
  auto crowded = ran(busy(1, 0.9));
  crowded.switches = 10'000;
  crowded.idle_cores = 0;
  EXPECT_EQ(finding_in_words(judge(crowded), crowded),
            "busy: it wants all 2 cores and gets 1.00, 47% of what it wants goes to other programs.");
  auto slow = ran(busy(0.98, 0.9));  // those that were woken are late, beside idle cores
  slow.switches = 10'000;
  EXPECT_EQ(finding_in_words(judge(slow), slow), "busy: it wants all 2 cores and gets 0.98.");
}

TEST(ask_verdict, waits_under_a_millisecond_are_waits_where_there_are_no_others) {
  auto found = ran(waits_for(cause::network, 1));
  found.waits.add_short(cause::network, {2'000, 0.9, 0.9 * 0.9 / 2'000});
  const auto given = judge(found);
  EXPECT_EQ(given.code, "waiting.sequence");
  EXPECT_EQ(finding_in_words(given, found),
            "waiting: 2,000 waits one after another, 450 µs each.");
}

TEST(ask_verdict, one_is_one) {
  auto alone = ran(waits_for(cause::handoff, 1));
  EXPECT_EQ(finding_in_words(judge(alone), alone), "idle: its one thread waits for a signal.");
  auto small = ran(busy(1, 3));
  small.cores = 1;
  small.idle_cores = 0;
  EXPECT_EQ(judge(small).code, "queued.own");
  EXPECT_EQ(advice_in_words(judge(small), small), "Use a pool of 1 thread.");
  EXPECT_EQ(finding_in_words(judge(small), small),
            "queued: 4 threads want to run at once, on 1 core.");
  auto core = ran(busy(0.99));
  core.cores = 1;
  EXPECT_EQ(finding_in_words(judge(core), core), "busy: it keeps its core busy.");
  task_sum tasks;
  tasks.waiting = tasks.ready = tasks.running = 1;
  EXPECT_EQ(tasks_in_words(tasks), "Inside, on average: 1 task waits, 1 is ready, 1 runs.");
}

TEST(ask_verdict, the_kernels_work_for_a_disk_is_the_disks) {
  auto reads = ran(waits_for(cause::disk, 3, 0.5));
  EXPECT_EQ(judge(reads).code, "mixed");
  reads.kernel_share = 0.9;
  EXPECT_EQ(judge(reads).code, "disk");
  auto all = waits_for(cause::network, 1, 0.1);
  all.held_up[index_of(cause::network)] = 0.7;
  all.held_up[index_of(cause::disk)] = 0.2;
  auto download = ran(all);
  download.kernel_share = 0.9;
  EXPECT_NE(judge(download).code, "disk") << "the network keeps it longer";
}

TEST(ask_verdict, memory_is_advice_of_its_own) {
  auto server = ran(waits_for(cause::clients, 500));
  EXPECT_EQ(judge(server).advice, "simple");
  for (pid_t tid = 1; tid <= 500; ++tid) {
    auto& parked = server.threads.emplace_back();
    parked.pid = 1;
    parked.tid = tid;
    parked.life = 1;
  }
  EXPECT_EQ(judge(server).code, "idle.clients");
  EXPECT_EQ(judge(server).advice, "tasks");
}

TEST(ask_report, is_short_and_says_the_verdict_first) {
  auto found = ran(waits_for(cause::network, 50));
  wait_often(found, cause::network, 3000);
  found.peers = {"10.0.0.5:5432", "10.0.0.6:5432"};
  found.left_behind = {17};
  found.thread_count = 51;
  const auto given = judge(found);
  const auto lines = report_of(given, found, estimates_for(given, found, {}), {});
  EXPECT_LE(lines.size(), 15u);
  EXPECT_TRUE(lines.front().starts_with("waiting: 50 network waits at once")) << lines.front();
  for (const auto& each : lines) {
    EXPECT_EQ(each.find('\033'), std::string::npos);
    EXPECT_LE(aside_app::columns_of(each), 100u) << each;
  }
}

}  // namespace
}  // namespace aside_test
