// End of stream: the newest message is a mark, and no producer that is attached has anything left to say.
//
// Asked only by a reader that has nothing more to read. A producer that died unfinished keeps its entry until
// somebody cleans up, and until then the stream has not ended.
#pragma once

#include <cstdint>

#include "core/block_view.hpp"

namespace datablock {

template <class Env>
class EndOfStream {
 public:
  explicit EndOfStream(const BlockView<Env>& view) : view_(view) {}

  /// Has the stream ended before number `next`? True once for each end: the caller may go on to the next
  /// producer.
  bool reached(std::uint64_t next) {
    if (next == 0 || next == reported_ || view_.control->claim.load(std::memory_order_seq_cst) != next ||
        !last_is_mark(next) || !all_have_ended()) {
      return false;
    }
    reported_ = next;
    return true;
  }

 private:
  bool last_is_mark(std::uint64_t next) const {
    const std::uint64_t oldest = next > view_.slot_count ? next - view_.slot_count : 0;
    for (std::uint64_t seq = next; seq-- > oldest;) {
      const RingPosition at(seq, view_.slot_count);
      const auto& slot = view_.states[at.slot()];
      const SlotWord word{slot.state.load(std::memory_order_acquire)};
      if (word == SlotWord::committed(at.lap())) {
        return (slot.flags.load(std::memory_order_relaxed) & MessageFlag::end) != 0;
      }
      if (word != SlotWord::free(at.lap())) {
        return false;
      }
    }
    return false;
  }

  bool all_have_ended() const {
    for (unsigned id = 1; id <= view_.max_participants; ++id) {
      const auto& entry = view_.participant(static_cast<std::uint8_t>(id));
      const EntryState state = EntryWord{entry.word.load(std::memory_order_acquire)}.state();
      if (state == EntryState::joining) {
        return false;  // it may be a producer
      }
      if (state == EntryState::active &&
          entry.role.load(std::memory_order_relaxed) == static_cast<std::uint8_t>(Role::producer) &&
          entry.standby.load(std::memory_order_relaxed) == 0 &&
          entry.ended.load(std::memory_order_acquire) == 0) {
        return false;
      }
    }
    return true;
  }

  const BlockView<Env>& view_;
  std::uint64_t reported_ = 0;
};

}  // namespace datablock
