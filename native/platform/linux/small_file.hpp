// The small files of /proc and /sys.
#pragma once

#include <string>

namespace datablock {

/// Its first 4 KiB; empty when it cannot be read.
std::string read_small_file(const std::string& path);

}  // namespace datablock
