#pragma once

#include <CLI/CLI.hpp>

#include <sys/types.h>
#include <chrono>
#include <string>

namespace aside_app {

/// The exit codes in words, for the end of a help text.
extern const char* const exit_codes;

/// Takes a duration such as 20s, and keeps it in `into`.
CLI::Validator duration_into(std::chrono::milliseconds& into);

/// Takes a numeric ADDRESS:PORT.
CLI::Validator numeric_address();

void add_engine(CLI::App& verb, std::string& engine, unsigned& workers);

/// The hidden option of a process that another one of us starts.
void add_parent(CLI::App& verb, pid_t& parent);
/// To be called before such a process does anything.
void enter_as_child(pid_t parent);

}  // namespace aside_app
