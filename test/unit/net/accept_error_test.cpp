#include "net/accept_error.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <sstream>
#include <string>

namespace {

using namespace aside::detail;

TEST(accept_error, is_reported_at_each_power_of_two_by_its_number) {
  testing::internal::CaptureStderr();
  for (int i = 0; i < 1000; ++i)
    report_accept(EMFILE, 7000);
  std::istringstream said(testing::internal::GetCapturedStderr());
  std::string line;
  unsigned expected = 1;
  while (std::getline(said, line)) {
    const std::string number = "(report " + std::to_string(expected) + ";";
    EXPECT_NE(line.find(number), std::string::npos) << line << "\nwanted: " << number;
    EXPECT_NE(line.find("port 7000"), std::string::npos) << line;
    expected *= 2;
  }
  EXPECT_EQ(expected, 1024u);
}

}  // namespace
