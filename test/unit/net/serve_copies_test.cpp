// serve, when it cannot copy an argument for a connection.
#include "unit/net/serving.hpp"

#include <atomic>
#include <stdexcept>

namespace {

using namespace aside_test;

/// An argument that cannot always be copied.
class fragile {
 public:
  fragile() = default;
  fragile(const fragile&) {
    if (breaks().exchange(false)) throw std::runtime_error("no copy for this one");
  }
  fragile(fragile&&) noexcept {}
  fragile& operator=(const fragile&) = delete;
  static std::atomic<bool>& breaks() {
    static std::atomic<bool> next{false};
    return next;
  }
};

template <class Stream>
task<> echo_with(Stream peer, fragile) {
  while (const chunk c = co_await peer.receive())
    co_await peer.write(*c);
}

template <class Place>
class serve_copies : public testing::Test {};
TYPED_TEST_SUITE(serve_copies, places, name_of_place);

TYPED_TEST(serve_copies, that_fail_end_their_connection_alone) {
  const no_descriptor_left check;
  static std::atomic<int> reports;
  reports = 0;
  const auto hook = [](const std::exception_ptr&, const std::source_location&) { ++reports; };
  const int code = aside::run(quiet(2).on_failure(hook), []() -> task<> {
    using stream = typename TypeParam::stream;
    TypeParam place;
    auto listener = co_await place.listen();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> { co_await listener.serve(&echo_with<stream>, fragile()); });
      stream before = co_await stream::connect(place.where());
      co_await expect_echo(before, "x");
      fragile::breaks() = true;
      stream refused = co_await stream::connect(place.where());
      const std::string nothing = co_await read_all(refused);
      EXPECT_EQ(nothing, "");
      stream after = co_await stream::connect(place.where());
      co_await expect_echo(after, "y");
      co_await expect_echo(before, "z");
      n.request_stop();
    });
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(reports, 1);
}

}  // namespace
