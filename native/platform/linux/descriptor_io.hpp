// Blocking reads and writes that a caught signal (interrupts.hpp) ends, on blocking and non-blocking
// descriptors alike.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.hpp"

namespace datablock {

struct IoResult {
  Status status = Status::OK;  ///< OK, INTERRUPTED, BROKEN_PIPE, IO
  std::size_t bytes = 0;       ///< read; 0 with OK: the end
};

/// Reads what there is, at most `size`; waits for the first byte only.
IoResult read_some(int fd, std::byte* to, std::size_t size);

/// Writes all of it. INTERRUPTED: part of it may have been written.
IoResult write_all(int fd, const std::byte* from, std::size_t size);

}  // namespace datablock
