// Echo as in Asio's own C++20 examples, with what its documentation says for throughput: an
// io_context for each thread (here with an acceptor of its own, SO_REUSEPORT), told that no other
// thread uses it.

#include <array>
#include <asio.hpp>

#include "../common/server.h"

namespace {

using asio::awaitable;
using asio::co_spawn;
using asio::detached;
using asio::use_awaitable;
using asio::ip::tcp;

awaitable<void> echo(tcp::socket socket) {
  try {
    std::array<char, 4096> data;
    for (;;) {
      std::size_t n = co_await socket.async_read_some(asio::buffer(data), use_awaitable);
      co_await async_write(socket, asio::buffer(data, n), use_awaitable);
    }
  } catch (const std::exception&) {
    // The peer has gone.
  }
}

awaitable<void> listen(tcp::acceptor acceptor) {
  auto executor = co_await asio::this_coro::executor;
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    co_spawn(executor, echo(std::move(socket)), detached);
  }
}

void* run(void* listener) {
  asio::io_context context(ASIO_CONCURRENCY_HINT_UNSAFE);
  tcp::acceptor acceptor(context, tcp::v4(),
                         static_cast<int>(reinterpret_cast<intptr_t>(listener)));
  co_spawn(context, listen(std::move(acceptor)), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  context.run();
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  server_descriptors();
  server_run(argc, argv, SOCK_NONBLOCK, run);
}
