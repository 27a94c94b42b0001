#include "http/head_rules.hpp"

#include <gtest/gtest.h>

namespace aside_test {

namespace {

using aside::http::request;
using aside::http::detail::is_host;

TEST(head_rules, hosts) {
  for (auto good :
       {"a", "example.org", "example.org:8080", "example.org:", "127.0.0.1:80", "[::1]", "[::1]:80",
        "[fe80::1]:", "a_b", "a,b", "xn--bcher-kva.example", "%41.example"}) {
    EXPECT_TRUE(is_host(good)) << good;
  }
  for (auto bad :
       {"",   ":80", "a b",   "a/b",     "u@a", "a:b", "a:80:80", "a:123456", "[::1", "::1",
        "[]", "[1]", "[::g]", "[::1]80", "a?b", "a#b", "%4",      "%4g",      "a\\b", "[a]b"}) {
    EXPECT_FALSE(is_host(bad)) << bad;
  }
}

}  // namespace

}  // namespace aside_test
