// A listener that is drained while its connections are accepted one by one.
#include "unit/net/serving.hpp"

#include <thread>

namespace {

using namespace aside_test;

template <class Place>
class accept_drained : public testing::Test {};
TYPED_TEST_SUITE(accept_drained, places, name_of_place);

constexpr const char* over =
    "accept: Bad file descriptor; the listener was drained, and its backlog is empty";

TYPED_TEST(accept_drained, gives_the_backlog_and_then_an_error) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    using stream = typename TypeParam::stream;
    TypeParam place;
    auto listener = co_await place.listen();
    const std::vector<raw_socket> peers = waiting_peers(place, 5);
    listener.drain();
    for (int i = 0; i < 5; ++i) {
      stream s = co_await listener.accept();
      if (i == 0) place.expect_no_other();
      char text = 0;
      co_await s.read_exact(std::as_writable_bytes(std::span(&text, 1)));
      EXPECT_EQ(text, static_cast<char>('A' + i));
    }
    for (int i = 0; i < 2; ++i) {
      const std::string accepted =
          co_await said([&]() -> task<> { const stream s = co_await listener.accept(); });
      EXPECT_EQ(accepted, over);
    }
    std::atomic<int> begun = 0;
    co_await listener.serve(&count_and_echo<stream>, &begun);
    EXPECT_EQ(begun, 0);
  });
}

TYPED_TEST(accept_drained, wakes_one_that_waits) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    using stream = typename TypeParam::stream;
    TypeParam place;
    auto listener = co_await place.listen();
    co_await aside::scope([&](nursery& n) -> task<> {
      n.spawn_local([&]() -> task<> {
        const std::string accepted =
            co_await said([&]() -> task<> { const stream s = co_await listener.accept(); });
        EXPECT_EQ(accepted, over);
      });
      co_await aside::yield();
      co_await aside::yield();
      listener.drain();
    });
  });
}

// From another thread, at any moment of the accept: none is missed, and no connection is lost.
TYPED_TEST(accept_drained, at_any_moment_loses_nothing) {
  const no_descriptor_left check;
  run_in([]() -> task<> {
    using stream = typename TypeParam::stream;
    for (int round = 0; round < scaled(100); ++round) {
      TypeParam place;
      auto listener = co_await place.listen();
      std::atomic<int> connected = 0;
      std::atomic<bool> begins = false;
      std::thread other([&] {
        while (!begins)
          std::this_thread::yield();
        const std::vector<raw_socket> peers = waiting_peers(place, round % 3);
        connected = round % 3;
        listener.drain();
      });
      begins = true;
      std::vector<stream> accepted;
      for (;;) {
        auto s = co_await listener.accept().as_result();
        if (!s) {
          EXPECT_EQ(s.error(), std::errc::bad_file_descriptor);
          break;
        }
        accepted.push_back(std::move(*s));
      }
      other.join();
      EXPECT_EQ(accepted.size(), static_cast<std::size_t>(connected));
    }
  });
}

}  // namespace
