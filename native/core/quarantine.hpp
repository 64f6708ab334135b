// Taking a slot from a live owner by force. It may still be writing: so the slot is set aside, the ring goes
// on without it, the late commit finds itself fenced off, and the slot comes back when the owner is done,
// leaves or dies. Only in `multi`: a single producer stores its words plainly and would overwrite ours.
#pragma once

#include "core/block_view.hpp"
#include "core/eventcount.hpp"
#include "core/recorder.hpp"

namespace datablock {

/// False when the word is not `seen` any more. `after` is what was put there.
template <class Env>
bool quarantine(const BlockView<Env>& view, const ProcessIdentity& self, std::uint64_t slot, SlotWord seen,
                SlotWord& after) {
  // A drain has touched no byte: it can simply be given back, and its owner's next CAS fails.
  after =
      seen.is_draining() ? seen.before_drain() : SlotWord::make(seen.lap(), seen.owner(), Phase::quarantined);
  std::uint64_t expected = seen.raw;
  if (!view.states[slot].state.compare_exchange_strong(expected, after.raw, std::memory_order_seq_cst)) {
    return false;
  }
  const std::uint64_t seq = seq_of(seen.lap(), slot, view.slot_count);
  if (!seen.is_draining()) {
    std::uint64_t claim = seq;
    view.control->claim.compare_exchange_strong(claim, seq + 1, std::memory_order_seq_cst);
    view.metrics->tombstones.fetch_add(1, std::memory_order_relaxed);
  }
  Env::fence_after_rmw();
  wake_sleepers<Env>(view.waiters[slot]);
  record(view,
         {.at_ns = Env::realtime_ns(),
          .pid = self.pid,
          .uid = self.uid,
          .action = seen.is_draining() ? RecorderAction::give_back_slot : RecorderAction::quarantine_slot,
          .evidence = RecorderEvidence::forced_by_operator,
          .participant = seen.owner(),
          .slot = static_cast<std::uint32_t>(slot),
          .seq = seq,
          .before = seen.raw,
          .after = after.raw});
  return true;
}

}  // namespace datablock
