#pragma once

#include <string>

namespace aside_app {

/// Whether `text` is a numeric address and port: "127.0.0.1:8080" or "[::1]:8080".
bool is_address(const std::string& text);

}  // namespace aside_app
