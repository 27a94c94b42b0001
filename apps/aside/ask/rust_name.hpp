#pragma once

#include <string>
#include <string_view>

namespace aside_app::ask {

/// What a reader would call a function of Rust: std::thread::sleep, without generic arguments. `name` itself when it is none of Rust's mangled names (v0, or the older form
/// after C++ demangling), or one with parts that are not known here.
std::string readable_rust_name(std::string_view name);

}  // namespace aside_app::ask
