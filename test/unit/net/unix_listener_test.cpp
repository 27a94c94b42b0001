// Where Unix sockets are bound: paths that are there already, that are in use, that are left over.
#include "driver/ops/unix_address.hpp"
#include "unit/net/endpoints.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <array>
#include <barrier>
#include <thread>

namespace {

using namespace aside_test;
using aside::unix_address;
using aside::unix_listener;
using aside::unix_options;
using aside::unix_stream;

TEST(unix_address, is_a_path_or_an_abstract_name) {
  EXPECT_EQ(unix_address("/run/x").text(), "/run/x");
  EXPECT_FALSE(unix_address("/run/x").is_abstract());
  EXPECT_TRUE(unix_address("@x").is_abstract());
  EXPECT_EQ(unix_address("a"), unix_address("a"));
  EXPECT_LT(unix_address("a"), unix_address("b"));
  EXPECT_FALSE(unix_address());
  EXPECT_TRUE(unix_address(std::string(107, 'x')));
  EXPECT_THROW(unix_address(std::string(108, 'x')), std::system_error);
  EXPECT_THROW(unix_address(""), std::system_error);
  EXPECT_THROW(unix_address("@"), std::system_error);
  EXPECT_THROW(unix_address(std::string_view("a\0b", 3)), std::system_error);
}

/// A socket file that nobody has open any more.
void leave_behind(const std::string& path) {
  const raw_socket s(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  struct {
    sa_family_t family = AF_UNIX;
    char path[108] = {};
  } a;
  path.copy(a.path, sizeof a.path - 1);
  ASSERT_EQ(::bind(s.fd(), reinterpret_cast<const sockaddr*>(&a), sizeof a), 0);
}

TEST(unix_listener, removes_its_path_when_it_is_closed) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const folder f;
    {
      unix_listener l = co_await unix_listener::bind(f / "s");
      EXPECT_TRUE(exists(f / "s"));
      unix_listener moved = std::move(l);
      EXPECT_TRUE(exists(f / "s"));
      moved.close();
      EXPECT_FALSE(exists(f / "s"));
      moved = co_await unix_listener::bind(f / "s");
      moved = co_await unix_listener::bind(f / "t");
      EXPECT_FALSE(exists(f / "s"));
    }
    EXPECT_FALSE(exists(f / "t"));
  });
}

TEST(unix_listener, does_not_remove_what_has_taken_its_place) {
  run_in([]() -> task<> {
    const folder f;
    unix_listener l = co_await unix_listener::bind(f / "s");
    ::unlink((f / "s").c_str());
    unix_listener other = co_await unix_listener::bind(f / "s");
    l.close();
    EXPECT_TRUE(exists(f / "s"));
    unix_stream s = co_await unix_stream::connect(f / "s");
    unix_stream accepted = co_await other.accept();
    EXPECT_TRUE(accepted);
  });
}

TEST(unix_listener, takes_the_place_of_a_dead_socket_only_on_request) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const folder f;
    const std::string path = f / "s";
    const auto bind_error = [&](bool replace) -> task<std::string> {
      co_return co_await said([&]() -> task<> {
        unix_listener l = co_await unix_listener::bind(path, unix_options().replace_dead(replace));
        unix_stream s = co_await unix_stream::connect(path);
      });
    };
    leave_behind(path);
    std::string e = co_await bind_error(false);
    EXPECT_EQ(e.find("bind " + path + ": Address already in use; "), 0u) << e;
    EXPECT_NE(e.find("replace_dead"), e.npos) << e;
    EXPECT_TRUE(exists(path));
    e = co_await bind_error(true);
    EXPECT_EQ(e, "");
    EXPECT_FALSE(exists(path));

    // One that lives is not replaced, also when its backlog is full.
    unix_listener lives = co_await unix_listener::bind(path, unix_options().backlog(0));
    const std::string in_use = "bind " + path + ": Address already in use; ";
    const std::string alive = in_use +
                              "a socket that is open has this path, and replace_dead(true) replaces only "
                              "one that nobody has open: is another server running?";
    e = co_await bind_error(true);
    EXPECT_EQ(e, alive);
    std::vector<unix_stream> waiting;
    for (int i = 0; i < 5; ++i) {
      auto s = co_await unix_stream::connect(path).as_result();
      if (s) waiting.push_back(std::move(*s));
    }
    e = co_await bind_error(true);
    EXPECT_EQ(e, alive);
    lives.close();

    // A file of another kind is nobody's leftover.
    ::close(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    for (const bool replace : {false, true}) {
      e = co_await bind_error(replace);
      EXPECT_EQ(e, in_use + "a file that is no socket has this path: remove it, or choose another path");
      EXPECT_TRUE(exists(path));
    }
  });
}

TEST(unix_listener, of_a_name_without_a_file_hears_of_no_path) {
  run_in([]() -> task<> {
    const std::string name = "@aside_listener_test_" + std::to_string(::getpid());
    const unix_listener first = co_await unix_listener::bind(name);
    const std::string e = co_await said([&]() -> task<> {
      const unix_listener l = co_await unix_listener::bind(name, unix_options().replace_dead(true));
    });
    EXPECT_EQ(e, "bind " + name + ": Address already in use; is another server running?");
  });
}

// Another server has found the same dead socket and is about to replace it.
TEST(unix_listener, keeps_its_hands_off_a_dead_path_that_another_one_is_at) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const folder f;
    const std::string path = f / "s";
    leave_behind(path);
    const int other = ::open(f.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    EXPECT_EQ(::flock(other, LOCK_EX), 0);
    const auto replace = unix_options().replace_dead(true);
    const std::string first = co_await said([&]() -> task<> {
      const unix_listener l = co_await unix_listener::bind(path, replace);
    });
    EXPECT_NE(first.find("; replace_dead(true) needs to read and lock its folder"), first.npos) << first;
    EXPECT_TRUE(exists(path));
    ::close(other);
    const auto second = co_await unix_listener::bind(path, replace).as_result();
    EXPECT_TRUE(second.has_value());
  });
}

struct statx look_at(const std::string& path) {
  struct statx s{};
  EXPECT_EQ(::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &s), 0);
  return s;
}

// ext4 gives the number of a file that is gone to the next one.
TEST(unix_listener, leaves_a_successors_path_that_has_its_old_inode_number) {
  const folder f;
  const std::string path = f / "s";
  leave_behind(path);
  const struct statx before = look_at(path);
  aside::detail::bound_path mine(unix_address::keep(path));
  bool same_number_later = false;
  for (int i = 0; i < 10'000 && !same_number_later; ++i) {  // the clock of a file system has steps
    ::unlink(path.c_str());
    leave_behind(path);
    const struct statx now = look_at(path);
    same_number_later = now.stx_ino == before.stx_ino && (now.stx_mask & STATX_BTIME) != 0 &&
                        (now.stx_btime.tv_sec != before.stx_btime.tv_sec ||
                         now.stx_btime.tv_nsec != before.stx_btime.tv_nsec);
  }
  if (!same_number_later)
    GTEST_SKIP() << "this file system gives new numbers, or does not say when a file was made";
  mine.remove();
  EXPECT_TRUE(exists(path));
}

// Servers that start at the same moment and find a dead socket: one of them gets the path.
TEST(unix_listener, a_race_for_a_dead_path_has_one_winner) {
  constexpr int threads = 4;
  const folder f;
  const std::string path = f / "s";
  const int rounds = scaled(200);
  std::atomic<int> bound = 0;
  std::array<aside::detail::bound_path, threads> paths;
  std::array<aside::detail::unique_fd, threads> sockets;
  int wrong_rounds = 0;
  std::barrier gate(threads, [&]() noexcept {
    if (sockets[0] || sockets[1] || sockets[2] || sockets[3]) {
      // Whoever has bound still has the path.
      if (bound != 1 || !exists(path)) ++wrong_rounds;
      bound = 0;
      for (auto& s : sockets)
        s.reset();
    } else {
      ::unlink(path.c_str());
      leave_behind(path);
    }
  });
  const auto race = [&](std::size_t me) {
    aside::detail::unix_binding how;
    how.type = SOCK_STREAM;
    how.backlog = 1;
    how.replace_dead = true;
    for (int i = 0; i < rounds; ++i) {
      paths[me].remove();
      gate.arrive_and_wait();
      const auto a = unix_address::keep(path);
      if (aside::detail::bind_unix(a, how, sockets[me], paths[me]) == 0)
        ++bound;
      else
        sockets[me].reset();
      gate.arrive_and_wait();
    }
  };
  {
    std::vector<std::jthread> all;
    for (std::size_t i = 0; i < threads; ++i)
      all.emplace_back(race, i);
  }
  EXPECT_EQ(wrong_rounds, 0);
}

TEST(unix_listener, sets_the_permissions_of_its_path) {
  run_in([]() -> task<> {
    const folder f;
    const mode_t before = ::umask(0022);
    unix_listener l = co_await unix_listener::bind(f / "s", unix_options().mode(0660));
    ::umask(before);
    struct stat s{};
    EXPECT_EQ(::lstat((f / "s").c_str(), &s), 0);
    EXPECT_EQ(s.st_mode & 0777, 0640u);
  });
}

TEST(unix_listener, says_where_it_could_not_bind) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const folder f;
    const auto bind_error = [&](std::string_view where) -> task<std::string> {
      co_return co_await said(
          [&]() -> task<> { unix_listener l = co_await unix_listener::bind(where); });
    };
    std::string e = co_await bind_error(f / "none/s");
    EXPECT_EQ(e, "bind " + f / "none/s" + ": No such file or directory");
    e = co_await bind_error("/proc/s");
    EXPECT_EQ(e.find("bind /proc/s: "), 0u) << e;
    e = co_await bind_error(std::string(200, 'y'));
    EXPECT_NE(e.find("File name too long; the path"), e.npos) << e;
    unix_listener first = co_await unix_listener::bind("@" + f.path());
    e = co_await bind_error("@" + f.path());
    EXPECT_EQ(e.find("bind @" + f.path() + ": Address already in use"), 0u) << e;
    unix_listener closed;
    const auto a = co_await closed.accept().as_result();
    EXPECT_EQ(a.error(), std::errc::bad_file_descriptor);
  });
}

TEST(unix_listener, says_when_there_are_no_descriptors_left) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const folder f;
    unix_listener l = co_await unix_listener::bind(f / "s");
    unix_stream s = co_await unix_stream::connect(f / "s");
    rlimit before{};
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit none = before;
    none.rlim_cur = 0;
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    const auto accepted = co_await l.accept().as_result();
    const auto listener = co_await unix_listener::bind(f / "t").as_result();
    const auto stream = co_await unix_stream::connect(f / "s").as_result();
    const auto pair = co_await unix_stream::pair().as_result();
    const auto pipe = co_await aside::pipe().as_result();
    const auto udp = co_await aside::udp_socket::bind("127.0.0.1:0").as_result();
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(accepted.error(), std::errc::too_many_files_open);
    EXPECT_EQ(listener.error(), std::errc::too_many_files_open);
    EXPECT_EQ(stream.error(), std::errc::too_many_files_open);
    EXPECT_EQ(pair.error(), std::errc::too_many_files_open);
    EXPECT_EQ(pipe.error(), std::errc::too_many_files_open);
    EXPECT_EQ(udp.error(), std::errc::too_many_files_open);
    EXPECT_FALSE(exists(f / "t"));
    unix_stream late = co_await l.accept();  // it has waited in the backlog
    EXPECT_TRUE(late);
  });
}

TEST(unix_listener, accepts_on_every_core) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    const folder f;
    const std::string path = f / "s";
    std::atomic<int> heard = 0;
    co_await aside::scope([&](nursery& n) -> task<> {
      unix_listener l = co_await unix_listener::bind(path);
      for (int i = 0; i < scaled(200); ++i) {
        n.spawn(
            [](std::string where, std::atomic<int>* count) -> task<> {
              unix_stream s = co_await unix_stream::connect(where);
              const std::string all = co_await read_all(s);
              EXPECT_EQ(all, "welcome");
              ++*count;
            },
            path, &heard);
      }
      for (int i = 0; i < scaled(200); ++i) {
        unix_stream s = co_await l.accept();
        co_await s.write("welcome");
      }
    });
    EXPECT_EQ(heard, scaled(200));
  });
}

}  // namespace
