#include "ask/library_name.hpp"

#include <gtest/gtest.h>

namespace aside_test {
namespace {

using aside_app::ask::is_channel_of_go;
using aside_app::ask::is_lock_of_a_library;
using aside_app::ask::is_of_a_library;
using aside_app::ask::is_of_gos_runtime;
using aside_app::ask::is_wait_at_a_word;
using aside_app::ask::parks_goroutines;
using aside_app::ask::waits_for_no_goroutine;

TEST(ask_library_name, tells_the_programs_own_functions_from_those_of_libraries) {
  EXPECT_TRUE(is_of_a_library("std::thread::join()"));
  EXPECT_TRUE(is_of_a_library("__libc_start_main"));
  EXPECT_TRUE(is_of_a_library("runtime.gopark"));
  EXPECT_TRUE(is_of_a_library("internal/poll.(*FD).Read"));
  EXPECT_FALSE(is_of_a_library("main.main.func1"));
  EXPECT_FALSE(is_of_a_library("sync_all_files"));
  EXPECT_FALSE(is_of_a_library("runtime_of(program)"));
}

TEST(ask_library_name, tells_gos_runtime) {
  EXPECT_TRUE(is_of_gos_runtime("runtime.mput"));
  EXPECT_TRUE(is_of_gos_runtime("runtime.gcenable.gowrap1"));
  EXPECT_FALSE(is_of_gos_runtime("sync.(*Mutex).lockSlow")) << "a goroutine of the program is in it";
  EXPECT_FALSE(is_of_gos_runtime("main.runtime.x"));
}

TEST(ask_library_name, tells_gos_channels) {
  EXPECT_TRUE(is_channel_of_go("runtime.chansend"));
  EXPECT_TRUE(is_channel_of_go("runtime.chanrecv"));
  EXPECT_FALSE(is_channel_of_go("runtime.selectgo")) << "it waits for one of several";
  EXPECT_FALSE(is_channel_of_go("main.chansend"));
}

TEST(ask_library_name, tells_how_goroutines_wait) {
  EXPECT_TRUE(parks_goroutines("runtime.gopark"));
  EXPECT_FALSE(parks_goroutines("runtime.asyncPreempt2")) << "it could go on";
  EXPECT_TRUE(waits_for_no_goroutine("runtime.mallocgc"));
  EXPECT_TRUE(waits_for_no_goroutine("internal/poll.runtime_pollWait"));
  EXPECT_TRUE(waits_for_no_goroutine("time.Sleep"));
  EXPECT_FALSE(waits_for_no_goroutine("runtime.chanrecv"));
}

TEST(ask_library_name, tells_locks) {
  EXPECT_TRUE(is_lock_of_a_library("std::sys::sync::rwlock::futex::RwLock::read_contended"));
  EXPECT_TRUE(is_lock_of_a_library("std::__shared_mutex_pthread::lock_shared()"));
  EXPECT_TRUE(is_lock_of_a_library("internal/sync.(*Mutex).lockSlow"));
  EXPECT_TRUE(is_lock_of_a_library("sync.(*RWMutex).Lock"));
  EXPECT_TRUE(is_lock_of_a_library("sync.runtime_SemacquireMutex"));
  for (const char* each : {"std::sys::sync::mutex::futex::Mutex::lock_contended",
                           "std::mutex::lock()", "__gthread_mutex_lock(pthread_mutex_t*)",
                           "std::__condvar::wait(std::mutex&)"})
    EXPECT_FALSE(is_lock_of_a_library(each)) << "known by what it waits for: " << each;
  EXPECT_FALSE(is_lock_of_a_library("runtime.chanrecv1"));
  EXPECT_FALSE(is_lock_of_a_library("sync.(*WaitGroup).Wait"));
  EXPECT_FALSE(is_lock_of_a_library("internal/poll.(*fdMutex).rwlock")) << "of a descriptor";
  EXPECT_FALSE(is_lock_of_a_library("program::MutexGame::play")) << "the program's own";
}

TEST(ask_library_name, tells_waits_at_a_word) {
  EXPECT_TRUE(is_wait_at_a_word("v8::internal::Object v8::internal::FutexEmulation::WaitSync<>(v"));
  EXPECT_FALSE(is_wait_at_a_word("v8::internal::FutexEmulation::Wake(v8::internal::JSArrayBuffer)"));
  EXPECT_FALSE(is_wait_at_a_word("uv_cond_wait"));
}

}  // namespace
}  // namespace aside_test
