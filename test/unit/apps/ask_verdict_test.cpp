#include "ask/verdict.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "ask/report.hpp"
#include "ask/words.hpp"
#include "text/number.hpp"

namespace aside_test {
namespace {

using namespace aside_app::ask;

/// A run of one second in twenty equal stretches.
measurement ran(const stretch& all_of_it) {
  measurement found;
  found.command = "program";
  found.wall = 1;
  found.cores = 2;
  found.idle_cores = 1;
  found.exact = true;
  found.sweeps = 200;
  found.switches = 100;
  found.thread_count = 1;
  found.process_count = 1;
  found.cpu = all_of_it.running;
  for (int i = 0; i < 20; ++i) {
    auto part = all_of_it;
    const auto cut = [](double& value) { value /= 20; };
    part.length = 0.05;
    cut(part.running), cut(part.queued), cut(part.some_ran), cut(part.some_waited);
    cut(part.held_by_queue);
    for (std::size_t at = 0; at < causes; ++at)
      cut(part.waiting[at]), cut(part.held_up[at]);
    found.stretches.add(part);
  }
  return found;
}

stretch waits_for(cause why, double at_once, double busy = 0.05) {
  stretch all;
  all.running = all.some_ran = busy;
  all.some_waited = 1 - busy;
  all.waiting[index_of(why)] = at_once * (1 - busy);
  all.held_up[index_of(why)] = 1 - busy;
  return all;
}

stretch busy(double cores, double queued = 0) {
  stretch all;
  all.running = cores;
  all.queued = queued;
  all.some_ran = std::min(1.0, cores);
  if (queued > 0) all.held_by_queue = 1 - all.some_ran;
  return all;
}

void wait_often(measurement& found, cause why, int times) {
  for (int i = 0; i < times; ++i)
    found.waits.add(why, static_cast<std::uint64_t>(1e9 / times));
}

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

TEST(ask_verdict, threads_that_take_turns) {
  const auto pair = [](double cores, double queued, double idle) {
    auto found = ran(busy(cores, queued));
    found.idle_cores = idle;
    for (pid_t tid = 1; tid <= 2; ++tid) {
      thread_sum each;
      each.pid = 1;
      each.tid = tid;
      each.life = 1;
      each.running = cores / 2;
      each.queued = queued / 2;
      each.slices = 5'000;
      each.waited[index_of(cause::handoff)] = 1 - each.running - each.queued;
      found.threads.push_back(each);
    }
    return judge(found);
  };
  EXPECT_EQ(pair(0.9, 0, 1).code, "turns");
  EXPECT_EQ(pair(0.9, 0, 1).how_sure, confidence::sure) << "two are as sure as more";
  EXPECT_EQ(pair(0.9, 0.5, 0.9).code, "turns")
      << "those that were woken queue, beside an idle core";
  EXPECT_EQ(pair(0.9, 0.8, 0).code, "busy.all_cores") << "others have the other core";
}

TEST(ask_verdict, an_interpreters_lock_is_one_on_a_busy_machine_too) {
  const auto gil = [](double cores, double queued, int threads, std::uint64_t slices) {
    auto found = ran(busy(cores, queued));
    found.idle_cores = 0;
    found.switches = slices * static_cast<std::uint64_t>(threads);
    for (pid_t tid = 1; tid <= threads; ++tid) {
      thread_sum each;
      each.pid = 1;
      each.tid = tid;
      each.life = 1;
      each.running = cores / threads;
      each.queued = queued / threads;
      each.slices = slices;
      each.waited[index_of(cause::timed_handoff)] = 1 - each.running - each.queued;
      found.threads.push_back(each);
    }
    return judge(found).code;
  };
  EXPECT_EQ(gil(0.6, 0.5, 4, 60), "turns") << "all four together want one core";
  EXPECT_EQ(gil(0.55, 0.45, 2, 70), "turns");
  EXPECT_EQ(gil(0.69, 0.73, 2, 350), "turns") << "who asks for the lock queues to ask again";
  EXPECT_NE(gil(0.9, 1.1, 2, 200), "turns") << "each wants one, and others have the second";
}

TEST(ask_verdict, who_is_outrun_by_several_of_an_interpreters_threads_is_not_held_up_by_a_lock) {
  /// One never gets what two others, who take turns, have; these wait in that way.
  const auto beside = [](cause why) {
    auto found = ran(busy(0.99));
    for (pid_t tid = 1; tid <= 3; ++tid) {
      thread_sum each;
      each.pid = 1;
      each.tid = tid;
      each.life = 1;
      each.running = tid < 3 ? 0.45 : 0.09;
      each.slices = 300;
      each.runs.add(tid < 3 ? 1'500'000 : 8'000, 300);
      if (tid == 3) each.runs.add(8'000'000, 11);
      each.has_one_word = true;
      each.waited[index_of(cause::handoff)] = tid < 3 ? 0.05 : 0.91;
      if (tid < 3) each.waited[index_of(why)] += 0.5;
      found.threads.push_back(each);
    }
    EXPECT_EQ(turns_of(found.threads, 1).outrun, 1);
    return judge(found).code;
  };
  EXPECT_EQ(beside(cause::timed_handoff), "turns");
  EXPECT_EQ(beside(cause::handoff), "lock");
}

TEST(ask_verdict, who_waits_for_others_and_for_cores_is_not_told_to_have_more_threads) {
  auto found = ran(busy(0.7, 0.5));
  found.idle_cores = 0.2;
  found.switches = 10'000;
  for (pid_t tid = 1; tid <= 2; ++tid) {
    thread_sum each;
    each.pid = 1;
    each.tid = tid;
    each.life = 1;
    each.running = 0.35;
    each.queued = 0.5;
    each.slices = 400;
    each.waited[index_of(cause::timed_handoff)] = 0.15;
    found.threads.push_back(each);
  }
  EXPECT_EQ(judge(found).code, "busy.one_core");
  found.stretches = ran(busy(0.7, 0.7)).stretches;
  EXPECT_EQ(judge(found).code, "busy.some_cores");
  EXPECT_EQ(judge(found).advice, "other");
  EXPECT_EQ(advice_in_words(judge(found), found),
            "Its threads wait for each other: ask again on a quieter machine.");
}

TEST(ask_verdict, a_lock_that_is_held_over_a_wait_is_a_lock) {
  const auto held = [](cause why, int threads, cause beside = cause::handoff) {
    auto found = ran(waits_for(why, 1, 0.02));
    for (pid_t tid = 1; tid <= threads; ++tid) {
      thread_sum each;
      each.pid = 1;
      each.tid = tid;
      each.life = 1;
      each.running = 0.02 / threads;
      each.slices = each.waits = 20;
      each.waited[index_of(why)] = 0.97 / threads;
      each.waited[index_of(beside)] = 1 - 0.99 / threads;
      found.threads.push_back(each);
    }
    wait_often(found, why, 10 * threads);
    return found;
  };
  auto started = held(cause::timer, 4);
  thread_sum starter;  // it was preempted often, and waits for them to end
  starter.pid = 1;
  starter.tid = 98;
  starter.life = 1;
  starter.slices = 200;
  starter.waited[index_of(cause::handoff)] = 0.9;
  started.threads.push_back(starter);
  EXPECT_EQ(judge(started).code, "lock");
  const auto sleeps = held(cause::timer, 4);
  EXPECT_EQ(judge(sleeps).code, "lock");
  EXPECT_EQ(finding_in_words(judge(sleeps), sleeps),
            "waiting: 4 threads want the same lock, and who has it waits for timers.");
  EXPECT_EQ(judge(held(cause::network, 8)).code, "lock");
  EXPECT_EQ(judge(held(cause::network, 2)).code, "turns") << "two may hand something over";
  EXPECT_EQ(judge(held(cause::network, 8, cause::timed_handoff)).code, "waiting.sequence")
      << "they wait for the next request, and it may not come";
  auto monitor = held(cause::timed_handoff, 4);  // a virtual machine sleeps in such a wait
  monitor.threads[0].waited[index_of(cause::timed_handoff)] = 0.98;
  monitor.threads[0].waited[index_of(cause::handoff)] = 0.02;
  EXPECT_NE(judge(monitor).code, "lock");
  monitor.threads[0] = monitor.threads[1];
  for (auto& each : monitor.threads) {  // one of those who wait looks at the clock now and then
    each.waited[index_of(cause::timed_handoff)] = 0.49;
    each.waited[index_of(cause::handoff)] = 0.5;
  }
  thread_sum keeper;
  keeper.pid = 1;
  keeper.tid = 99;
  keeper.life = 1;
  keeper.slices = 40;
  keeper.keeps_house = true;
  keeper.waited[index_of(cause::handoff)] = 1;
  monitor.threads.push_back(keeper);
  EXPECT_EQ(judge(monitor).code, "lock");
  auto fed = held(cause::network, 8);
  thread_sum feeder;
  feeder.pid = 1;
  feeder.tid = 100;
  feeder.life = 1;
  feeder.slices = feeder.waits = 80;
  feeder.waited[index_of(cause::handoff)] = 1;
  fed.threads.push_back(feeder);
  EXPECT_EQ(judge(fed).code, "waiting.sequence") << "somebody gives them one request after another";
  auto parked = held(cause::timer, 4);
  for (auto& each : parked.threads)
    each.slices = 1;
  EXPECT_EQ(judge(parked).code, "timer");
  auto several = held(cause::network, 8);
  for (auto& each : several.threads) {
    each.waited[index_of(cause::network)] = 0.5;
    each.waited[index_of(cause::handoff)] = 0.5;
  }
  EXPECT_NE(judge(several).code, "lock") << "four of them wait for the network at once";
}

TEST(ask_verdict, several_that_each_wait_for_half_of_their_time_are_none_that_compute) {
  const auto pair = [](cause why, double running) {
    auto found = ran(busy(0.98));
    for (pid_t tid = 1; tid <= 2; ++tid) {
      thread_sum each;
      each.pid = 1;
      each.tid = tid;
      each.life = 1;
      each.running = tid == 1 ? running : 0.98 - running;
      each.slices = 50;
      each.waited[index_of(why)] = 1 - each.running;
      found.threads.push_back(each);
    }
    return judge(found).code;
  };
  EXPECT_EQ(pair(cause::network, 0.5), "mixed");
  EXPECT_EQ(pair(cause::timer, 0.5), "mixed");
  EXPECT_EQ(pair(cause::network, 0.68), "mixed");
  EXPECT_EQ(pair(cause::network, 0.8), "busy.one_core") << "one of them computes, mostly";
  EXPECT_EQ(pair(cause::full_pipe, 0.5), "busy.one_core") << "a part of the program keeps it waiting";
}

TEST(ask_verdict, who_hands_work_on_all_the_time_is_not_idle) {
  const auto pair = [](std::uint64_t switches_of_each) {
    auto found = ran(waits_for(cause::handoff, 2, 0.2));
    for (pid_t tid = 1; tid <= 2; ++tid) {
      thread_sum each;
      each.pid = 1;
      each.tid = tid;
      each.life = 1;
      each.running = 0.1;
      each.slices = switches_of_each;
      each.waited[index_of(cause::handoff)] = 0.9;
      found.threads.push_back(each);
    }
    return judge(found).code;
  };
  EXPECT_EQ(pair(20), "idle.parked");
  EXPECT_EQ(pair(5'000), "mixed");
}

TEST(ask_verdict, who_never_pauses_takes_no_turns) {
  auto found = ran(busy(1.3));
  for (const double running : {1.0, 0.3}) {
    thread_sum each;
    each.pid = 1;
    each.tid = static_cast<pid_t>(found.threads.size() + 1);
    each.life = 1;
    each.running = running;
    each.slices = 1'000;
    each.waited[index_of(cause::handoff)] = 1 - running;
    found.threads.push_back(each);
  }
  EXPECT_EQ(judge(found).code, "busy.some_cores") << "one feeds the other, and is the slower";
}

/// What is said of threads that share one busy core evenly, and wait for `why` meanwhile.
std::string_view verdict_on_sharers(int count, std::uint64_t switches_of_each, cause why,
                                    bool is_lent = false, bool hides_words = false) {
  auto found = ran(busy(0.95, 0));
  for (pid_t tid = 1; tid <= count; ++tid) {
    auto& each = found.threads.emplace_back();
    each.pid = 1;
    each.tid = tid;
    each.life = 1;
    each.running = 0.95 / count;
    each.slices = switches_of_each;
    each.is_lent = is_lent;
    each.hides_words = hides_words;
    each.waited[index_of(why)] = 1 - each.running;
  }
  return judge(found).code;
}

TEST(ask_verdict, many_threads_that_share_one_turn_take_turns_however_seldom_each_has_it) {
  const auto sharers = [](std::uint64_t switches_of_each, cause why) {
    return verdict_on_sharers(8, switches_of_each, why);
  };
  EXPECT_EQ(sharers(25, cause::timed_handoff), "turns") << "200 a second, as of Python's lock";
  EXPECT_EQ(sharers(25, cause::handoff), "turns") << "no mutex: that would be known";
  EXPECT_EQ(verdict_on_sharers(8, 25, cause::handoff, false, true), "lock")
      << "without a limit of time, as of Java's";
  EXPECT_EQ(sharers(5, cause::handoff), "busy.one_core")
      << "work that moves from thread to thread now and then";
}

TEST(ask_verdict, two_that_hand_something_to_and_fro_may_take_their_time) {
  const auto pair = [](std::uint64_t switches_of_each, bool is_lent,
                       cause why = cause::handoff) {
    return verdict_on_sharers(2, switches_of_each, why, is_lent);
  };
  EXPECT_EQ(pair(30, false), "turns");
  EXPECT_EQ(pair(10, false), "busy.one_core");
  EXPECT_EQ(pair(30, true), "busy.one_core") << "one goroutine may run on two threads";
  EXPECT_EQ(pair(100, true), "turns");
  EXPECT_NE(pair(30, false, cause::timed_handoff), "turns") << "Java's threads sleep so";
  EXPECT_NE(pair(100, false, cause::timer), "turns") << "who sleeps waits for nobody";
}

/// Threads of a second, of which one at a time computes and the others wait for `why`.
measurement one_at_a_time(double computes,
                          const std::vector<std::pair<pid_t, std::uint64_t>>& threads, cause why) {
  auto found = ran(waits_for(why, static_cast<double>(threads.size()), computes));
  found.process_count = 0;
  const auto count = static_cast<double>(threads.size());
  pid_t last = 0;
  for (const auto& [pid, place] : threads) {
    thread_sum each;
    each.pid = pid;
    each.tid = static_cast<pid_t>(1'000 + found.threads.size());
    each.life = 1;
    each.running = computes / count;
    each.slices = 100;
    each.waited[index_of(why)] = 1 - each.running;
    each.common_place = place;
    found.threads.push_back(each);
    found.process_count += pid != last;
    last = pid;
  }
  found.thread_count = found.threads.size();
  return found;
}

TEST(ask_verdict, processes_that_share_a_lock_and_processes_that_take_turns) {
  const auto lock = one_at_a_time(0.9, {{1, 7}, {2, 7}, {3, 7}}, cause::handoff);
  EXPECT_EQ(judge(lock).code, "lock") << "all wait at the same place";
  EXPECT_EQ(finding_in_words(judge(lock), lock),
            "waiting: 3 threads want the same lock, 0.9 cores used by all of them.");
  const auto ring = one_at_a_time(0.9, {{1, 7}, {2, 8}, {3, 9}, {4, 10}}, cause::handoff);
  EXPECT_EQ(judge(ring).code, "turns") << "each waits at a place of its own";
  const auto pipes = one_at_a_time(0.9, {{1, 0}, {2, 0}}, cause::pipe);
  EXPECT_EQ(judge(pipes).code, "turns") << "a byte goes to and fro";
  const auto filled = one_at_a_time(0.9, {{1, 0}, {2, 0}}, cause::full_pipe);
  EXPECT_EQ(judge(filled).code, "busy.one_core") << "who fills a pipe waits for no word";
  auto row = one_at_a_time(0.9, {{1, 0}, {2, 0}, {3, 0}}, cause::pipe);
  row.threads[0].running = 0.95;
  row.threads[0].waited = {};
  row.threads[1].running = row.threads[2].running = 0.3;
  EXPECT_EQ(judge(row).code, "busy.one_core") << "the first is slow, and waits for nobody";
}

TEST(ask_verdict, helpers_that_wait_for_the_disk_wait_for_the_disk) {
  const auto helped = [](double disk) {
    auto found = one_at_a_time(0.65, {{1, 0}, {1, 0}, {1, 0}}, cause::timed_handoff);
    auto all = found.stretches.total();
    all.held_up = {};
    all.held_up[index_of(cause::disk)] = disk;
    all.held_up[index_of(cause::timed_handoff)] = 0.35 - disk;
    auto threads = std::exchange(found, ran(all)).threads;
    found.threads = std::move(threads);
    return judge(found).code;
  };
  EXPECT_EQ(helped(0.3), "disk");
  EXPECT_EQ(helped(0.05), "turns");
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
