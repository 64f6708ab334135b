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
    blocker_ = kNobody;
    if (next == 0 || next == reported_ || claim() != next || !last_is_mark(next)) {
      return false;
    }
    blocker_ = first_unfinished();
    if (blocker_ != kNobody) {
      return false;
    }
    // Again: one who had not ended at our first look may have written since, and marked its end behind that.
    // Whoever is seen to have ended had claimed all that it wrote before.
    if (claim() != next) {
      return false;
    }
    reported_ = next;
    return true;
  }

  /// The reader goes elsewhere: an end that it has been told of may come again.
  void forget() { reported_ = 0; }

  /// The participant that alone kept reached() from being true, for a waiter to ask after; else kNobody.
  std::uint8_t blocker() const { return blocker_; }

 private:
  std::uint64_t claim() const { return view_.control->claim.load(std::memory_order_seq_cst); }

  bool last_is_mark(std::uint64_t next) const {
    const std::uint64_t oldest = next > view_.slot_count ? next - view_.slot_count : 0;
    for (std::uint64_t seq = next; seq-- > oldest;) {
      const RingPosition at(seq, view_.slot_count);
      const auto& slot = view_.states[at.slot()];
      const SlotWord word{slot.state.load(std::memory_order_acquire)};
      if (word == SlotWord::committed(at.lap())) {
        return view_.holds_mark(at);
      }
      if (word != SlotWord::free(at.lap())) {
        return false;
      }
    }
    return false;
  }

  /// A producer that has not marked its end, or who may become one; kNobody: all have ended.
  std::uint8_t first_unfinished() const {
    for (unsigned i = 1; i <= view_.max_participants; ++i) {
      const auto id = static_cast<std::uint8_t>(i);
      const auto& entry = view_.participant(id);
      const EntryState state = EntryWord{entry.word.load(std::memory_order_acquire)}.state();
      if (entry.standby.load(std::memory_order_relaxed) != 0) {
        continue;  // has not begun, and may never
      }
      if (state == EntryState::joining) {
        return id;
      }
      if (state == EntryState::active &&
          entry.role.load(std::memory_order_relaxed) == static_cast<std::uint8_t>(Role::producer) &&
          entry.ended.load(std::memory_order_acquire) == 0) {
        return id;
      }
    }
    return kNobody;
  }

  const BlockView<Env>& view_;
  std::uint64_t reported_ = 0;
  std::uint8_t blocker_ = kNobody;
};

}  // namespace datablock
