// expect: write sends the whole buffer and takes no length

#include <aside/aside.hpp>
#include <aside/io/buffered_writer.hpp>

#include <array>

aside::task<> send(aside::buffered_writer<aside::tcp_stream>& out,
                   const std::array<std::byte, 64>& buffer, int n) {
#ifdef ASIDE_FIXED
  co_await out.write(std::span(buffer).first(static_cast<std::size_t>(n)));
#else
  co_await out.write(buffer, n);
#endif
}
