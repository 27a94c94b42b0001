#include <aside/http/request.hpp>

#include <gtest/gtest.h>

namespace aside_test {

namespace {

using aside::http::request;

struct target_parts {
  const char* target;
  const char* path;
  const char* query;
};

TEST(request, splits_its_target) {
  for (target_parts t : {target_parts{"/", "/", ""},
                         {"/a/b?c=d&e", "/a/b", "c=d&e"},
                         {"/a?", "/a", ""},
                         {"/?a?b", "/", "a?b"},
                         {"*", "*", ""},
                         {"http://h", "/", ""},
                         {"http://h?q", "/", "q"},
                         {"http://h:1/a?q", "/a", "q"},
                         {"/a://b?q", "/a://b", "q"},
                         {"/a#f?q", "/a", ""},
                         {"/a?q#f", "/a", "q"},
                         {"", "/", ""}}) {
    request r("GET", t.target);
    EXPECT_EQ(r.path(), t.path) << t.target;
    EXPECT_EQ(r.query(), t.query) << t.target;
  }
}

TEST(request, is_a_value) {
  request r("POST", "/x", "body");
  r.headers().add("Host", "a");
  request copy = r;
  r.set_body("other");
  EXPECT_TRUE(copy.is("POST"));
  EXPECT_FALSE(copy.is("post"));
  EXPECT_EQ(copy.body(), "body");
  EXPECT_EQ(copy.headers().find("host"), "a");
  EXPECT_EQ(copy.take_body(), "body");
}

struct keep_alive_case {
  int minor;
  const char* connection;
  bool wanted;
};

TEST(request, keeps_alive_by_version_and_connection) {
  for (keep_alive_case c : {keep_alive_case{1, "", true},
                            {1, "close", false},
                            {1, "keep-alive, CLOSE", false},
                            {1, "upgrade", true},
                            {0, "", false},
                            {0, "Keep-Alive", true},
                            {0, "keep-alive, close", false}}) {
    request r("GET", "/");
    r.set_version_minor(c.minor);
    r.headers().add("Connection", c.connection);
    EXPECT_EQ(r.keep_alive(), c.wanted) << c.minor << " " << c.connection;
  }
}

}  // namespace

}  // namespace aside_test
