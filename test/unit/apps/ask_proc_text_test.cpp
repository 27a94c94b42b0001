#include "ask/proc_text.hpp"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

namespace aside_test {
namespace {

using namespace aside_app::ask;

TEST(ask_proc_text, schedstat) {
  const auto times = parse_schedstat("123456789 42 7\n");
  ASSERT_TRUE(times);
  EXPECT_EQ(times->run_ns, 123456789u);
  EXPECT_EQ(times->queued_ns, 42u);
  EXPECT_EQ(times->slices, 7u);
  EXPECT_FALSE(parse_schedstat(""));
  EXPECT_FALSE(parse_schedstat("1 2\n"));
  EXPECT_FALSE(parse_schedstat("1 x 3\n"));
}

TEST(ask_proc_text, stat_with_a_name_that_misleads) {
  const auto line = parse_stat(
      "4711 (a) S (b) D 17 4711 4711 0 -1 4194304 90 0 12 0 3 1 0 0 20 0 1 0 5555 1000 10\n");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->name, "a) S (b");
  EXPECT_EQ(line->state, 'D');
  EXPECT_EQ(line->parent, 17);
  EXPECT_EQ(line->major_faults, 12u);
  EXPECT_EQ(line->user_ticks, 3u);
  EXPECT_EQ(line->kernel_ticks, 1u);
  EXPECT_EQ(line->start_ticks, 5555u);
  EXPECT_FALSE(line->is_ending());
  const auto ending = parse_stat(
      "4711 (a) R 17 4711 4711 0 -1 4194308 90 0 12 0 3 1 0 0 20 0 1 0 5555 0 0\n");
  ASSERT_TRUE(ending);
  EXPECT_TRUE(ending->is_ending());
  EXPECT_FALSE(ending->is_dead());
  EXPECT_FALSE(parse_stat("4711 (cut"));
  EXPECT_FALSE(parse_stat(""));
}

TEST(ask_proc_text, system_calls) {
  const auto call =
      parse_system_call("202 0x7f01 0x80 0x2 0x0 0x0 0xffffffffffffffff 0x7ffc10 0x7f77\n");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->number, 202);
  EXPECT_EQ(call->arguments[1], 0x80u);
  EXPECT_EQ(call->arguments[5], ~std::uint64_t{0});
  EXPECT_EQ(call->stack_pointer, 0x7ffc10u);
  const auto fault = parse_system_call("-1 0x7ffc10 0x7f77\n");
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->number, -1);
  EXPECT_EQ(fault->instruction, 0x7f77u);
  EXPECT_TRUE(parse_system_call("running\n")->running);
  EXPECT_FALSE(parse_system_call("202 0x7f01\n"));
  EXPECT_FALSE(parse_system_call(""));
}

TEST(ask_proc_text, places_that_processes_share) {
  constexpr std::string_view maps =
      "55d0c0000000-55d0c0001000 r-xp 00000000 08:01 77 /usr/bin/program\n"
      "7f0000000000-7f0000002000 rw-s 00003000 00:01 1027 /dev/zero (deleted)\n"
      "7f0000004000-7f0000006000 rw-p 00000000 00:00 0\n"
      "broken\n";
  const auto place = shared_place_in(maps, 0x7f0000001010);
  EXPECT_EQ(place, (std::uint64_t{1027} << 32) ^ 0x4010u);
  const auto elsewhere = "7e0000000000-7e0000002000 rw-s 00003000 00:01 1027 /dev/zero (deleted)\n";
  EXPECT_EQ(shared_place_in(elsewhere, 0x7e0000001010), place) << "as another process sees it";
  EXPECT_NE(shared_place_in(maps, 0x7f0000001020), place);
  EXPECT_FALSE(shared_place_in(maps, 0x7f0000002000)) << "just behind";
  EXPECT_FALSE(shared_place_in(maps, 0x7f0000004000)) << "private";
  EXPECT_FALSE(shared_place_in("", 0x7f0000001010));
}

TEST(ask_proc_text, files_in_memory) {
  constexpr std::string_view maps =
      "55d0c0000000-55d0c0001000 r--p 00000000 08:01 77 /usr/bin/pro gram\n"
      "55d0c0001000-55d0c0004000 r-xp 00001000 08:01 77 /usr/bin/pro gram\n"
      "7f0000000000-7f0000002000 r-xp 00000000 08:01 78 /lib/other\n"
      "7f0000004000-7f0000006000 rw-p 00000000 00:00 0\n"
      "7ffc00000000-7ffc00002000 r-xp 00000000 00:00 0 [vdso]\n"
      "broken /usr/bin/pro gram\n";
  EXPECT_EQ(parse_first_pages(maps), (std::vector<std::uint64_t>{0x55d0c0000000, 0x7f0000000000}));
  const auto code = parse_code_ranges(maps, "/usr/bin/pro gram");
  ASSERT_EQ(code.size(), 1u);
  EXPECT_EQ(code[0].start, 0x55d0c0001000u);
  EXPECT_EQ(code[0].end, 0x55d0c0004000u);
  EXPECT_EQ(code[0].offset, 0x1000u);
  EXPECT_TRUE(parse_code_ranges(maps, "other").empty()) << "the end of a name is none";
  EXPECT_TRUE(parse_code_ranges(maps, "").empty());
  EXPECT_TRUE(parse_first_pages("").empty());
}

TEST(ask_proc_text, links_and_epoll) {
  EXPECT_EQ(inode_in("socket:[4711]"), 4711u);
  EXPECT_EQ(inode_in("anon_inode:[eventpoll]"), std::nullopt);
  EXPECT_EQ(inode_in("/dev/null"), std::nullopt);
  EXPECT_EQ(parse_epoll_targets("pos:\t0\ntfd:        5 events: 19 data: 5\n"
                                "tfd:       12 events: 19 data: c\n"),
            (std::vector<int>{5, 12}));
  EXPECT_TRUE(parse_epoll_targets("pos:\t0\n").empty());
}

TEST(ask_proc_text, unix_sockets) {
  const auto rows = parse_unix_table(
      "Num       RefCount Protocol Flags    Type St Inode Path\n"
      "0000000000000000: 00000002 00000000 00010000 0001 01 17001 /run/server\n"
      "0000000000000000: 00000003 00000000 00000000 0001 03 17002 /run/server\n"
      "0000000000000000: 00000003 00000000 00000000 0001 03 17003\n"
      "0000000000000000: 00000003 00000000 zzz 0001 03 17004\n");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].inode, 17001u);
  EXPECT_TRUE(rows[0].listening);
  EXPECT_FALSE(rows[1].listening);
  EXPECT_TRUE(rows[1].named);
  EXPECT_EQ(rows[2].inode, 17003u);
  EXPECT_FALSE(rows[2].named);
}

TEST(ask_proc_text, tcp_tables) {
  const auto rows = parse_tcp_table(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
      "inode\n"
      "   0: 0100007F:1EF1 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
      "77 1 0000000000000000 100 0 0 10 0\n"
      "   1: 0100007F:A001 0500000A:1538 01 00000000:00000000 00:00000000 00000000     0        0 "
      "78 1 0000000000000000 20 4 30 10 -1\n"
      "   2: 0100007F:A002 0500000A:1538 06 00000000:00000000 00:00000000 00000000     0        0 "
      "0 3 0000000000000000\n"
      "   3: broken\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_TRUE(rows[0].listening);
  EXPECT_EQ(rows[0].local_port, 0x1EF1);
  EXPECT_EQ(rows[0].inode, 77u);
  EXPECT_EQ(rows[1].peer, "10.0.0.5:5432");
  const auto sixth = parse_tcp_table(
      "  sl  local_address                         remote_address                        st\n"
      "   0: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000200007F:0050 01 "
      "0:0 00:0 0 0 0 9\n"
      "   1: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:0051 01 "
      "0:0 00:0 0 0 0 10\n");
  ASSERT_EQ(sixth.size(), 2u);
  EXPECT_EQ(sixth[0].peer, "127.0.0.2:80");
  EXPECT_EQ(sixth[1].peer, "[::1]:81");
}

TEST(ask_proc_text, locks_of_files_and_who_has_them) {
  const auto locks = parse_file_locks(
      "1: FLOCK  ADVISORY  WRITE 967 fe:00:9987582 0 EOF\n"
      "2: POSIX  ADVISORY  WRITE 4711 fe:01:12345 1073741825 1073741825\n"
      "2: -> POSIX  ADVISORY  WRITE 4712 fe:01:12345 1073741825 1073741825\n"
      "3: POSIX  ADVISORY  READ 4713 fe:01:12345 1 2\n"
      "4: OFDLCK ADVISORY  WRITE -1 08:02:7 0 EOF\n"
      "5: POSIX  ADVISORY  WRITE 0 08:02:7 0 EOF\n"
      "6: POSIX  ADVISORY  WRITE 9 08:7 0 EOF\n"
      "7: POSIX  MANDATORY WRITE 4714 103:0a:99 0 EOF");
  ASSERT_EQ(locks.size(), 3u);
  EXPECT_EQ(locks[0].pid, 967);
  EXPECT_EQ(locks[1].pid, 4711);
  EXPECT_EQ(locks[1].file, (file_id{makedev(0xfe, 1), 12'345}));
  EXPECT_EQ(locks[2].pid, 4714);
  EXPECT_EQ(locks[2].file, (file_id{makedev(0x103, 10), 99}));
  EXPECT_TRUE(parse_file_locks("").empty());
}

TEST(ask_proc_text, descriptors_that_only_write) {
  EXPECT_TRUE(opens_for_writing("pos:\t0\nflags:\t02000001\nmnt_id:\t15\n"));
  EXPECT_FALSE(opens_for_writing("pos:\t0\nflags:\t0100002\n")) << "it reads, too";
  EXPECT_FALSE(opens_for_writing("pos:\t0\nflags:\t00\n"));
  EXPECT_FALSE(opens_for_writing("flags:\t9\n")) << "no octal number";
  EXPECT_FALSE(opens_for_writing(""));
  EXPECT_TRUE(has_lock("flags:\t0100002\nlock:\t1: FLOCK  ADVISORY  WRITE 7 fe:00:9 0 EOF\n"));
  EXPECT_FALSE(has_lock("lock:\t1: POSIX  ADVISORY  READ 7 fe:00:9 1 1\n")) << "SQLite reads, and asks again";
  EXPECT_FALSE(has_lock("flags:\t0100002\nmnt_id:\t15\n"));
}

}  // namespace
}  // namespace aside_test
