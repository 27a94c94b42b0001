#include "protocol.hpp"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace versus {

namespace {

[[noreturn]] void refuse(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(3);
}

std::uint64_t to_number(std::string_view text) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size())
    refuse("not a number: " + std::string(text));
  return n;
}

}  // namespace

parameters::parameters(int count, char** words) {
  std::signal(SIGTERM, [](int) { std::_Exit(0); });
  for (int i = 0; i < count; ++i) {
    const std::string_view word = words[i];
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) refuse("not key=value: " + std::string(word));
    values_.emplace(word.substr(0, equals), word.substr(equals + 1));
  }
}

std::uint64_t parameters::number(std::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) refuse("missing parameter: " + std::string(key));
  return to_number(found->second);
}

std::uint64_t parameters::number(std::string_view key, std::uint64_t otherwise) const {
  const auto found = values_.find(key);
  return found == values_.end() ? otherwise : to_number(found->second);
}

std::string parameters::text(std::string_view key, std::string_view otherwise) const {
  const auto found = values_.find(key);
  return std::string(found == values_.end() ? otherwise : std::string_view(found->second));
}

command next_command() {
  std::string line;
  if (!std::getline(std::cin, line) || line == "quit") return {command::kind::quit, 0};
  if (line == "release") return {command::kind::release, 0};
  const std::string_view text = line;
  if (text.starts_with("run ")) return {command::kind::run, to_number(text.substr(4))};
  if (text.starts_with("hold ")) return {command::kind::hold, to_number(text.substr(5))};
  refuse("unknown command: " + line);
}

void say(const answer& a) {
  std::printf(
      "{\"ns\": %llu, \"iterations\": %llu, \"tasks\": %llu, \"sum\": %llu, "
      "\"runtime_tasks\": %llu, \"stalls\": %llu}\n",
      static_cast<unsigned long long>(a.ns), static_cast<unsigned long long>(a.iterations),
      static_cast<unsigned long long>(a.tasks), static_cast<unsigned long long>(a.sum),
      static_cast<unsigned long long>(a.runtime_tasks), static_cast<unsigned long long>(a.stalls));
  std::fflush(stdout);
}

void say(std::string_view line) {
  std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
  std::fflush(stdout);
}

}  // namespace versus
