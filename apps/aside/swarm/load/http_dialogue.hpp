#pragma once

#include <string>

#include "swarm/load/dialogue.hpp"
#include "swarm/load/response_reader.hpp"

namespace aside_app::load {

/// The same GET again and again; answers with another status than the one that is
/// asked for are refusals.
class http_dialogue final : public dialogue {
 public:
  /// `requests` holds at least as many requests of `one` bytes as are ever asked at once.
  http_dialogue(std::string_view requests, std::size_t one, int status) noexcept
      : requests_{requests}, one_{one}, status_{status} {}

  std::string_view ask(unsigned count) override;
  taken take(std::string_view bytes) override;
  taken end() override;
  std::string refusal() const override;
  bool wants_new_connection() const noexcept override { return closing_; }
  void begin_anew() override;

 private:
  /// One response has ended.
  void count(taken& now) noexcept;

  std::string_view requests_;
  std::size_t one_;
  int status_;
  unsigned due_ = 0;
  bool closing_ = false;
  response_reader reader_;
};

/// The request for `path` at `target`.
std::string get_request(const std::string& target, const std::string& path);

}  // namespace aside_app::load
