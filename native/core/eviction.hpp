// Taking the hold of a live sync consumer away: it will lose messages, and is told so (EVICTED) at its next
// release or wait. The producers go on at once.
#pragma once

#include "core/block_view.hpp"
#include "core/eventcount.hpp"
#include "core/recorder.hpp"

namespace datablock {

/// False when the hold is not `seen` any more: the consumer has moved on, so perhaps it is not hopeless after
/// all.
template <class Env>
bool evict(const BlockView<Env>& view, const ProcessIdentity& self, std::uint8_t id, std::uint64_t seen) {
  auto& entry = view.participant(id);
  std::uint64_t expected = seen;
  // Seq_cst CAS on the exact hold: the consumer publishes by a CAS from the same value, so exactly one of us
  // succeeds.
  if (seen == kNoHold || !entry.hold.compare_exchange_strong(expected, kNoHold, std::memory_order_seq_cst)) {
    return false;
  }
  // Its bit in `sync` stays until it leaves: it may be gone by now, and the bit that of the next one in its
  // seat, whom producers would then no longer see.
  Env::fence_after_rmw();
  wake_sleepers<Env>(entry.hold_waiters);
  record(view, {.at_ns = Env::realtime_ns(),
                .pid = self.pid,
                .uid = self.uid,
                .action = RecorderAction::evict_consumer,
                .evidence = RecorderEvidence::forced_by_operator,
                .participant = id,
                .seq = seen,
                .before = seen,
                .after = kNoHold});
  return true;
}

}  // namespace datablock
