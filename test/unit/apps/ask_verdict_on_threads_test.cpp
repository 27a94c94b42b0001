#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "ask/turns.hpp"
#include "ask/verdict.hpp"
#include "ask/words.hpp"
#include "unit/apps/ask_runs.hpp"

namespace aside_test {
namespace {

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

TEST(ask_verdict, helpers_that_a_loop_gives_one_piece_after_another_take_no_turns) {
  const auto helpers = [](std::uint64_t runs_of_the_loop, cause wait) {
    auto found = ran(busy(0.96));
    for (pid_t tid = 1; tid <= 5; ++tid) {
      thread_sum each;
      each.pid = 1;
      each.tid = tid;
      each.life = 1;
      each.running = tid < 5 ? 0.24 : 0.01;
      each.slices = tid < 5 ? 50 : runs_of_the_loop;
      each.runs.add(tid < 5 ? 4'800'000 : 40'000, each.slices);
      each.in_loop = tid == 5;
      each.waited[index_of(wait)] = 1 - each.running;
      found.threads.push_back(each);
    }
    return judge(found).code;
  };
  EXPECT_EQ(helpers(200, cause::handoff), "busy.one_core");
  EXPECT_EQ(helpers(3, cause::handoff), "turns") << "the loop has only begun them";
  EXPECT_EQ(helpers(200, cause::timed_handoff), "turns") << "an interpreter's lock excludes them";
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
      each.runs.add(tid < 3 ? 3'000'000 : 8'000, tid < 3 ? 150 : 300);
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
                                    bool is_lent = false, bool hides_words = false,
                                    bool wants_channel = false, double idle_cores = 1) {
  auto found = ran(busy(0.95, 0));
  found.idle_cores = idle_cores;
  for (pid_t tid = 1; tid <= count; ++tid) {
    auto& each = found.threads.emplace_back();
    each.pid = 1;
    each.tid = tid;
    each.life = 1;
    each.running = 0.95 / count;
    each.slices = switches_of_each;
    each.is_lent = is_lent;
    each.hides_words = hides_words;
    each.wants_channel = wants_channel;
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

TEST(ask_verdict, goroutines_that_want_the_same_of_a_channel_have_a_lock) {
  const auto pair = [](bool wants_channel, double idle_cores) {
    return verdict_on_sharers(2, 500, cause::handoff, true, false, wants_channel, idle_cores);
  };
  EXPECT_EQ(pair(true, 1), "lock");
  EXPECT_EQ(pair(true, 0.1), "lock") << "whoever else has the cores";
  EXPECT_EQ(pair(false, 1), "turns");
  EXPECT_EQ(pair(false, 0.1), "busy.one_core") << "one goroutine may be moved by whoever has the cores";
}

TEST(ask_verdict, who_waits_for_all_the_others_takes_turns_in_any_crowd) {
  const auto sharers = [](double wait, bool same_place) {
    auto found = ran(busy(0.95, 0.8));
    found.idle_cores = 0.1;
    for (pid_t tid = 1; tid <= 4; ++tid) {
      auto& each = found.threads.emplace_back();
      each.pid = 1;
      each.tid = tid;
      each.life = 1;
      each.running = 0.95 / 4;
      each.slices = 300;
      each.common_place = same_place ? 7 : 0;
      each.waited[index_of(cause::handoff)] = wait;
      each.queued = 1 - wait - each.running;
    }
    return judge(found).code;
  };
  EXPECT_EQ(sharers(0.6, false), "turns");
  EXPECT_EQ(sharers(0.45, true), "lock");
  EXPECT_EQ(sharers(0.3, false), "busy.all_cores") << "they may wait for cores only";
}

TEST(ask_verdict, who_runs_beside_another_for_a_quarter_of_the_time_takes_no_turns) {
  const auto pair = [](double of_the_other) {
    auto found = ran(busy(0.8 + of_the_other));
    for (const double running : {0.8, of_the_other}) {
      auto& each = found.threads.emplace_back();
      each.pid = 1;
      each.life = 1;
      each.running = running;
      each.slices = 400;
      each.waited[index_of(cause::handoff)] = 1 - running;
    }
    return judge(found).code;
  };
  EXPECT_EQ(pair(0.25), "turns");
  EXPECT_EQ(pair(0.48), "busy.some_cores");
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

}  // namespace
}  // namespace aside_test
