#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace aside_app::load {

/// Reads HTTP/1.x responses one after the other, as far as a load needs it: where each ends, its status,
/// and whether the connection ends with it. Bodies of a known length, chunked, and up to the end of
/// the stream. Feed it pieces cut anywhere.
class response_reader {
 public:
  enum class found : std::uint8_t {
    more,      ///< the piece is used up
    response,  ///< a response has ended; there may be bytes of the next one left
    nonsense,  ///< this is no HTTP/1.x response
  };

  /// Reads on until something is found; takes what it has read off `piece`.
  found feed(std::string_view& piece);
  /// The stream has ended: `response` when that is what ends this one, `nonsense` inside of a response,
  /// `more` between two.
  found end() noexcept;

  /// Of the last response.
  int status() const noexcept { return status_; }
  bool closes() const noexcept { return closes_; }
  bool between() const noexcept { return at_ == place::start && line_.empty(); }

 private:
  enum class place : std::uint8_t { start, head, sized, to_the_end, chunk_size, chunk, chunk_end,
                                    trailer };
  static constexpr std::size_t longest_head = std::size_t{64} * 1024;

  found take_line();
  found head_is_over() noexcept;
  bool take_field();

  place at_ = place::start;
  std::string line_;
  std::size_t head_bytes_ = 0;
  std::uint64_t left_ = 0;  // of a body or of a chunk
  int status_ = 0;
  bool closes_ = false;
  bool chunked_ = false;
  bool sized_ = false;
};

}  // namespace aside_app::load
