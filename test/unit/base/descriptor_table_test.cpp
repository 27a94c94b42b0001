#include "base/descriptor_table.hpp"
#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <array>
#include <cerrno>
#include <gtest/gtest.h>
#include <stdexcept>
#include <thread>

namespace {

using namespace aside::detail;

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
bool refuses(int fd) {
  char c = 0;
  return ::read(fd, &c, 1) == -1 && errno == EBADF;
}

/// Calls fn on a thread that has parted.
template <class F>
void parted(porter& group, std::span<const int> kept, F fn) {
  std::thread t([&] {
    ASSERT_EQ(part_table(group, kept), 0);
    fn();
  });
  t.join();
}

/// A thread that does errands while it lives.
class serving {
 public:
  explicit serving(porter& p) : porter_(p), thread_([&p] { p.serve(); }) {}
  serving(const serving&) = delete;
  ~serving() {
    porter_.dismiss();
    thread_.join();
  }
  [[nodiscard]] std::thread::id id() const { return thread_.get_id(); }

 private:
  porter& porter_;
  std::thread thread_;
};

TEST(descriptor_table, what_is_kept_is_the_same_file_on_both_sides) {
  porter group;
  const unique_fd low(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const unique_fd high(::fcntl(low.get(), F_DUPFD_CLOEXEC, reserved_descriptors + 50));
  const std::array kept{high.get(), low.get(), -1};
  parted(group, kept, [&] {
    EXPECT_EQ(::eventfd_write(high.get(), 1), 0);
    EXPECT_EQ(::eventfd_write(low.get(), 2), 0);
    EXPECT_FALSE(is_open(high.get() - 1));
    EXPECT_FALSE(is_open(high.get() + 1));
  });
  eventfd_t n = 0;
  EXPECT_EQ(::eventfd_read(low.get(), &n), 0);
  EXPECT_EQ(n, 3u);
}

TEST(descriptor_table, sockets_and_pipes_are_not_copied_so_their_ends_arrive) {
  porter group;
  const serving server(group);
  std::array<int, 2> both{};
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both.data()), 0);
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  unique_fd far(::fcntl(ends[1], F_DUPFD_CLOEXEC, reserved_descriptors + 10));
  parted(group, {}, [&] {
    EXPECT_TRUE(refuses(ends[0]));
    EXPECT_TRUE(refuses(both[0]));
    EXPECT_FALSE(is_open(far.get()));
    in_process_table([&] {  // while this table lives
      ::close(both[1]);
      ::close(ends[1]);
      far.reset();
      char c = 0;
      EXPECT_EQ(::recv(both[0], &c, 1, MSG_DONTWAIT), 0);
      const int flags = ::fcntl(ends[0], F_GETFL);
      EXPECT_EQ(::fcntl(ends[0], F_SETFL, flags | O_NONBLOCK), 0);
      EXPECT_EQ(::read(ends[0], &c, 1), 0);
    });
  });
  ::close(both[0]);
  ::close(ends[0]);
}

TEST(descriptor_table, files_and_devices_with_low_numbers_stay) {
  porter group;
  const unique_fd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const unique_fd device(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  ASSERT_LT(device.get(), reserved_descriptors);
  parted(group, {}, [&] {
    char c = 1;
    EXPECT_EQ(::read(file.get(), &c, 1), 1);
    EXPECT_EQ(::read(device.get(), &c, 1), 1);
    EXPECT_TRUE(is_open(0) && is_open(1) && is_open(2));
  });
}

TEST(descriptor_table, low_numbers_are_refused_and_new_ones_are_above) {
  porter group;
  parted(group, {}, [] {
    for (int fd = 3; fd < reserved_descriptors; ++fd)
      EXPECT_TRUE(is_open(fd)) << fd << " could become a connection";
    const unique_fd next(::dup(2));
    EXPECT_EQ(next.get(), reserved_descriptors);
    EXPECT_TRUE(refuses(reserved_descriptors - 1));
  });
  EXPECT_FALSE(is_open(reserved_descriptors - 1)) << "here nothing has changed";
}

TEST(descriptor_table, a_small_limit_reserves_an_eighth) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{160, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  porter group;
  parted(group, {}, [] {
    const unique_fd next(::dup(2));
    EXPECT_EQ(next.get(), 20);
  });
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST(descriptor_table, tables_have_numbers_and_groups) {
  porter group;
  EXPECT_EQ(this_table(), 0u);
  EXPECT_EQ(this_group(), nullptr);
  unsigned first = 0;
  parted(group, {}, [&] {
    first = this_table();
    EXPECT_EQ(this_group(), &group);
  });
  parted(group, {}, [&] {
    EXPECT_NE(this_table(), 0u);
    EXPECT_NE(this_table(), first);
  });
  EXPECT_NE(first, 0u);
}

TEST(descriptor_table, errands_run_with_the_process_table) {
  porter group;
  const serving server(group);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  parted(group, {}, [&] {
    std::thread::id ran;
    in_process_table([&] {
      ran = std::this_thread::get_id();
      EXPECT_EQ(::write(ends[1], "x", 1), 1);
    });
    EXPECT_EQ(ran, server.id());
    EXPECT_THROW(in_process_table([] { throw std::runtime_error("no"); }), std::runtime_error);
  });
  char c = 0;
  EXPECT_EQ(::read(ends[0], &c, 1), 1);
  std::thread::id ran;
  in_process_table([&] { ran = std::this_thread::get_id(); });
  EXPECT_EQ(ran, std::this_thread::get_id()) << "who has it needs nobody";
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(descriptor_table, errands_of_several_threads_are_all_done) {
  porter group;
  int sum = 0;  // the porter's alone
  {
    const serving server(group);
    std::array<std::thread, 4> threads;
    for (std::thread& t : threads)
      t = std::thread([&] {
        const auto one_more = [&] { ++sum; };
        for (int i = 0; i < 500; ++i)
          group.run(one_more);
      });
    for (std::thread& t : threads)
      t.join();
  }
  EXPECT_EQ(sum, 2000);
}

}  // namespace
