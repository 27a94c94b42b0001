// Whatever is read as an address is written as one that reads as the same; where there is more than one
// colon, brackets say which of them is the port's.
#include <aside/net/socket_address.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto address = aside::socket_address::parse(text);
  if (!address) return 0;
  if (text.find(':') != text.rfind(':') && text.front() != '[') {
    std::fprintf(stderr, "%.*s is read as an address\n", static_cast<int>(size), text.data());
    std::abort();
  }
  const std::string written = address->text();
  const auto again = aside::socket_address::parse(written);
  if (!*address || !again || *again != *address || again->text() != written) {
    std::fprintf(stderr, "%.*s is written as %s\n", static_cast<int>(size), text.data(),
                 written.c_str());
    std::abort();
  }
  return 0;
}
