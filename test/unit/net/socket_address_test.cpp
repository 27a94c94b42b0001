// Addresses as values: text in, text out, order.
#include "unit/net/endpoints.hpp"

#include <algorithm>

namespace {

using aside::socket_address;

TEST(socket_address, reads_what_it_writes) {
  for (const std::string_view text :
       {"127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:80", "[2001:db8::7]:1",
        "[::ffff:10.0.0.1]:9", "[fe80::1%2]:53", "[fe80::1%4294967295]:53"}) {
    const socket_address a(text);
    EXPECT_EQ(a.text(), text);
    EXPECT_EQ(socket_address(a.text()), a);
    EXPECT_TRUE(a);
    EXPECT_EQ(a.is_v6(), text.front() == '[');
  }
  EXPECT_EQ(socket_address("127.0.0.1:443").port(), 443);
}

TEST(socket_address, refuses_what_is_none) {
  for (const std::string_view text :
       {"", "127.0.0.1", "localhost:80", "127.0.0.1:65536", "1.2.3:4", "[::1]", "[::1%]:80",
        "[::1%x]:80", "[::1%4294967296]:80", "127.0.0.1%1:80", "[127.0.0.1%1]:80", "%1]:80",
        "[::1]%1:80", "127.0.0.1:80 ", "::1:1", "::1:80", ":::80", "1:2:3:4:5:6:7:8:80",
        "::ffff:1.2.3.4:80", "fe80::1%2:80"}) {
    const auto a = socket_address::parse(text);
    EXPECT_FALSE(a.has_value()) << text;
    if (!a) {
      EXPECT_EQ(a.error(), std::errc::invalid_argument);
    }
    EXPECT_THROW(socket_address{text}, std::system_error) << text;
  }
  EXPECT_FALSE(socket_address::parse(std::string(5000, '%')).has_value());
  try {
    const socket_address none("localhost:80");
  } catch (const std::system_error& e) {
    EXPECT_NE(std::string(e.what()).find("\"localhost:80\""), std::string::npos) << e.what();
    EXPECT_NE(std::string(e.what()).find("numeric"), std::string::npos) << e.what();
  }
  try {
    const socket_address none("::1:80");
  } catch (const std::system_error& e) {
    EXPECT_STREQ(e.what(),
                 "address \"::1:80\": Invalid argument; an IPv6 address with a port stands in "
                 "brackets: write [::1]:80");
  }
}

TEST(socket_address, names_nobody_without_an_address) {
  const socket_address nobody;
  EXPECT_FALSE(nobody);
  EXPECT_EQ(nobody.text(), "");
  EXPECT_EQ(nobody.port(), 0);
  EXPECT_EQ(nobody, socket_address());
  EXPECT_LT(nobody, socket_address("0.0.0.0:0"));
}

TEST(socket_address, is_ordered_by_family_address_link_and_port) {
  std::vector<socket_address> sorted;
  for (const std::string_view text :
       {"1.2.3.4:5", "1.2.3.4:6", "1.2.3.5:1", "200.0.0.1:1", "[::1]:1", "[::ffff:1.2.3.4]:5",
        "[fe80::1%1]:9", "[fe80::1%2]:1"})
    sorted.emplace_back(text);
  EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end()));
  EXPECT_EQ(std::adjacent_find(sorted.begin(), sorted.end()), sorted.end());
}

TEST(socket_address, of_another_family_becomes_nobody) {
  socket_address a("1.2.3.4:5");
  const auto family = static_cast<sa_family_t>(AF_UNIX);
  std::memcpy(a.room(), &family, sizeof family);
  a.resize(16);
  EXPECT_FALSE(a);
}

}  // namespace
