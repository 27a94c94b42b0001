#include "net/accept_error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace {

using namespace aside::detail;

constexpr std::uint64_t second = 1'000'000'000;

std::string said_by(void (*report)(std::uint64_t now), std::uint64_t from, int times) {
  testing::internal::CaptureStderr();
  for (int i = 0; i < times; ++i)
    report(from + static_cast<std::uint64_t>(i) * second / 50);
  return testing::internal::GetCapturedStderr();
}
std::ptrdiff_t lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

TEST(accept_error, is_reported_once_in_ten_seconds) {
  const auto report = [](std::uint64_t now) { report_accept(EMFILE, "port 7000", now); };
  const std::string first = said_by(report, 1000 * second, 500);
  EXPECT_EQ(lines(first), 1) << first;
  EXPECT_NE(first.find("port 7000 accepts nothing for now: Too many open files; "),
            std::string::npos)
      << first;
  EXPECT_EQ(first.find("since the last report"), std::string::npos) << first;
  const std::string next = said_by(report, 1010 * second, 1);
  EXPECT_NE(next.find("(and 499 such events since the last report)"), std::string::npos) << next;
}

TEST(accept_error, of_a_full_server_has_a_pace_of_its_own) {
  const auto full = [](std::uint64_t now) { report_full(100, "port 7000", now); };
  const auto error = [](std::uint64_t now) { report_accept(ENOMEM, "port 7000", now); };
  const std::string first = said_by(full, 2000 * second, 100);
  EXPECT_EQ(lines(first), 1) << first;
  EXPECT_NE(first.find("it has its 100 connections (max_connections)"), std::string::npos) << first;
  EXPECT_EQ(lines(said_by(error, 2000 * second, 100)), 1);
}

TEST(accept_error, is_hopeless_only_where_the_socket_or_the_call_is) {
  for (const int error : {EBADF, EINVAL, ENOTSOCK, EFAULT, ENOSYS, EPERM, EACCES})
    EXPECT_TRUE(accept_is_hopeless(error)) << error;
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOSPC, ECONNABORTED, EPROTO, ETIMEDOUT})
    EXPECT_FALSE(accept_is_hopeless(error)) << error;
}

}  // namespace
