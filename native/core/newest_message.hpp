// Where a reader goes on that does not want what lies between.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/block_view.hpp"
#include "core/slot_word.hpp"

namespace datablock {

/// Number of the newest message that can be read and is not older than `oldest`; the number to be claimed
/// next where there is none. End marks and tombstones are no messages.
template <class Env>
std::uint64_t newest_message(const BlockView<Env>& view, std::uint64_t oldest) {
  const std::uint64_t claim = view.control->claim.load(std::memory_order_seq_cst);
  const std::uint64_t ring_start = claim > view.slot_count ? claim - view.slot_count : 0;
  for (std::uint64_t seq = claim; seq-- > std::max(oldest, ring_start);) {
    const RingPosition at(seq, view.slot_count);
    const auto& slot = view.states[at.slot()];
    // Acquire: the flags are those of this message. It may be overwritten at once: whoever reads it finds
    // that out.
    if (slot.state.load(std::memory_order_acquire) == SlotWord::committed(at.lap()).raw &&
        (slot.flags.load(std::memory_order_relaxed) & MessageFlag::end) == 0) {
      return seq;
    }
  }
  return claim;
}

}  // namespace datablock
