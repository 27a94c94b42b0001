#include "swarm/load/http_dialogue.hpp"

namespace aside_app::load {

std::string_view http_dialogue::ask(unsigned count) {
  due_ = count;
  return requests_.substr(0, one_ * count);
}

void http_dialogue::count(taken& now) noexcept {
  --due_;
  if (reader_.closes()) closing_ = true;
  ++(reader_.status() == status_ ? now.answers : now.refusals);
}

dialogue::taken http_dialogue::take(std::string_view bytes) {
  taken now;
  while (!bytes.empty() && now.wrong == mishap::none) {
    if (due_ == 0) now.wrong = mishap::wrong_bytes;
    if (now.wrong != mishap::none) break;
    const auto what = reader_.feed(bytes);
    if (what == response_reader::found::nonsense) now.wrong = mishap::wrong_bytes;
    if (what == response_reader::found::response) count(now);
  }
  return now;
}

dialogue::taken http_dialogue::end() {
  taken now;
  const auto what = reader_.end();
  if (what == response_reader::found::response)
    count(now);
  else
    now.wrong = mishap::closed;
  return now;
}

std::string http_dialogue::refusal() const {
  return "the server answered " + std::to_string(reader_.status());
}

void http_dialogue::begin_anew() {
  reader_ = {};
  due_ = 0;
  closing_ = false;
}

std::string get_request(const std::string& target, const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: " + target + "\r\nUser-Agent: aside-swarm\r\n\r\n";
}

}  // namespace aside_app::load
