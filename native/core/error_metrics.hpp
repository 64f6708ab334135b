// Errors are counted where they happen, in the segment's metrics and on the participant's own line.
#pragma once

#include "core/block_view.hpp"
#include "core/status.hpp"

namespace datablock {

/// Is it an error, or just an answer that callers poll for?
constexpr bool is_failure(Status status) {
  switch (status) {
    case Status::OK:
    case Status::TIMEOUT:
    case Status::WOULD_BLOCK:
    case Status::INTERRUPTED:
    case Status::END_OF_STREAM:
      return false;
    default:
      return true;
  }
}

/// Counts `status` if it is a failure; returns it.
template <class Env>
Status count_failure(const BlockView<Env>& view, Participant<Env>& self, Status status) {
  if (is_failure(status)) {
    constexpr auto relaxed = std::memory_order_relaxed;
    self.errors.store(self.errors.load(relaxed) + 1, relaxed);
    view.metrics->last_error_ns.store(Env::realtime_ns(), relaxed);
    view.metrics->last_error_code.store(static_cast<std::uint64_t>(status), relaxed);
    view.metrics->error_sequence.fetch_add(1, relaxed);
  }
  return status;
}

}  // namespace datablock
