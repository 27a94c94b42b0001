#include "ask/rust_name.hpp"

#include <gtest/gtest.h>

namespace aside_test {
namespace {

using aside_app::ask::readable_rust_name;

TEST(ask_rust_name, paths_and_types_without_generic_arguments) {
  EXPECT_EQ(readable_rust_name("_RNvNtCsjrHSEGnQ3l9_3std6thread5sleep"), "std::thread::sleep");
  EXPECT_EQ(readable_rust_name("_RNvMNtNtNtNtCsjrHSEGnQ3l9_3std3sys4sync6rwlock5futexNtB2_6RwLock15write_"
                               "contended"),
            "std::sys::sync::rwlock::futex::RwLock::write_contended");
  EXPECT_EQ(readable_rust_name("_RINvCs4fqI2P2rA04_7mycrate5serveNtB2_6ServerhE"), "mycrate::serve");
  EXPECT_EQ(readable_rust_name("_RNCNvCs4fqI2P2rA04_7mycrate4main0"), "mycrate::main::{closure}");
  EXPECT_EQ(readable_rust_name("_RNvXs_Cs4fqI2P2rA04_7mycrateNtB4_6ServerNtNtCsjrHSEGnQ3l9_4core5clone5Clone5clone"),
            "mycrate::Server::clone");
  EXPECT_EQ(readable_rust_name("std::thread::sleep::h0123456789abcdef"), "std::thread::sleep");
}

TEST(ask_rust_name, what_is_none_stays_as_it_is) {
  for (const char* name : {"main", "", "_R", "_RNvC9short", "_RNvNtCsjrHSEG", "a::h0123456789abcdeg", "::h0123456789abcdef",
                           "_R99999999999999999999999x"})
    EXPECT_EQ(readable_rust_name(name), name);
}

}  // namespace
}  // namespace aside_test
