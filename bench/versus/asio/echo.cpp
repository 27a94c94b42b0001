// Echo as in Asio's own C++20 examples, with what its documentation says for throughput: an
// io_context for each thread (here with an acceptor of its own, SO_REUSEPORT), told that no other
// thread uses it; types for that executor alone, and errors that are no exceptions.

#include <algorithm>
#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <memory>

#include "../common/server.h"

namespace {

using asio::co_spawn;
using asio::detached;
using asio::ip::tcp;
using executor_type = asio::io_context::executor_type;
using awaitable = asio::awaitable<void, executor_type>;
using socket_type = asio::basic_stream_socket<tcp, executor_type>;
using acceptor_type = asio::basic_socket_acceptor<tcp, executor_type>;
constexpr asio::use_awaitable_t<executor_type> use_awaitable;
constexpr auto nothrow_awaitable = asio::experimental::as_tuple(use_awaitable);

std::size_t buffer_size;

awaitable echo(socket_type socket) {
  auto data = std::make_unique_for_overwrite<char[]>(buffer_size);
  for (;;) {
    auto [failed, n] =
        co_await socket.async_read_some(asio::buffer(data.get(), buffer_size), nothrow_awaitable);
    if (failed) co_return;
    auto [lost, written] =
        co_await async_write(socket, asio::buffer(data.get(), n), nothrow_awaitable);
    if (lost) co_return;
  }
}

awaitable listen(acceptor_type acceptor) {
  auto executor = co_await asio::this_coro::executor;
  for (;;) {
    socket_type socket = co_await acceptor.async_accept(use_awaitable);
    co_spawn(executor, echo(std::move(socket)), detached);
  }
}

void* run(void* listener) {
  asio::io_context context(ASIO_CONCURRENCY_HINT_UNSAFE);
  acceptor_type acceptor(context, tcp::v4(),
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
  buffer_size = std::max(4096u, 2 * server_argument(argc, argv, "size", 0));
  server_run(argc, argv, SOCK_NONBLOCK, run);
}
