#pragma once

namespace aside_app {

/// Fills descriptors 0, 1 and 2 where the caller has closed them, so that no file of ours becomes
/// stdin, stdout or stderr. Using one of them fails afterwards as it would have before (EBADF). To be
/// called before anything is opened; throws `failure` (environment) when /dev/null can't be opened.
void fill_standard_files();

/// Throws `failure` (output_lost) when stdout was closed, before work is done for nobody. `verb` begins
/// the line.
void need_output(const char* verb);

}  // namespace aside_app
