#pragma once
// What a write, a read or a datagram may be given, and what is said of everything else.

#include <aside/detail/bytes.hpp>
#include <aside/detail/refused.hpp>

namespace aside::inline ASIDE_ABI::detail {

/// `char buffer[64]`: text up to its NUL, or 64 bytes? The characters of a literal are const.
template <class T>
inline constexpr bool is_char_buffer = false;
template <std::size_t N>
inline constexpr bool is_char_buffer<char (&)[N]> = true;
template <std::size_t N>
inline constexpr bool is_char_buffer<char (&&)[N]> = true;

template <class T>
concept written_piece =
    !is_char_buffer<T&&> && requires(T&& piece) { bytes_of(static_cast<T&&>(piece)); };
template <class T>
concept written_pieces = std::is_convertible_v<T, std::span<const std::span<const std::byte>>>;
/// Where the caller is told how far it came.
template <class T>
concept counter = std::is_convertible_v<T, std::size_t*>;
/// What a length has, and a counter's address never.
template <class T>
concept length = std::is_integral_v<std::remove_cvref_t<T>>;

template <class... A>
inline constexpr bool is_written = sizeof...(A) >= 2 && (written_piece<A> && ...);
template <class A>
inline constexpr bool is_written<A> = written_piece<A> || written_pieces<A>;
template <class A, class B>
inline constexpr bool is_written<A, B> =
    (written_piece<A> && (written_piece<B> || counter<B>)) || (written_pieces<A> && counter<B>);

template <class... A>
concept refused_write = sizeof...(A) >= 1 && !is_written<A...>;
template <class... A>
concept refused_write_some = sizeof...(A) >= 1 && !(sizeof...(A) == 1 && (written_piece<A> && ...));

template <class... A>
inline constexpr bool ends_in_length = false;
template <class A, class B>
inline constexpr bool ends_in_length<A, B> = length<B>;

/// One line for each mistake.
template <class... A>
void refuse_write() noexcept {
  if constexpr (ends_in_length<A...>)
    static_assert(never<A...>,
                  "aside: write sends the whole buffer and takes no length: for the first n bytes "
                  "write(std::span(b).first(n)) or write(std::string_view(b, n)); a counter is passed "
                  "by its address, &sent");
  else if constexpr ((is_char_buffer<A&&> || ...))
    static_assert(never<A...>,
                  "aside: a char array may be text or a buffer: std::string_view(b) is the text up to "
                  "its NUL, std::string_view(b, n) the first n bytes, std::span(b) all of it");
  else
    static_assert(never<A...>,
                  "aside: write takes text or bytes: of a chunk c write(*c), of other elements "
                  "std::as_bytes(std::span(v)), of a number std::to_string(i)");
}

/// The same of a read into a buffer.
template <class Into, class Length>
void refuse_read() noexcept {
  static_assert(never<Into, Length>,
                "aside: a read takes no length, read_exact fills the whole buffer and read_some reads up "
                "to its size: for n bytes std::span(b).first(n); a counter of read_exact is passed by its "
                "address, &got");
}

}  // namespace aside::inline ASIDE_ABI::detail
