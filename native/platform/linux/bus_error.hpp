// A segment that is truncated while it is mapped answers the next access with SIGBUS. For a tool that is an
// error to report.
#pragma once

#include <string>

namespace datablock {

/// From now on a SIGBUS writes `text` to descriptor `fd` and ends the process with `exit_code`. Process-wide;
/// for programs, not for libraries.
void report_bus_errors(int fd, const std::string& text, int exit_code);

}  // namespace datablock
