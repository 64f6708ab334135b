// The slot word: the one 64-bit truth about a slot.
//
//     lap:52 | owner:8 | phase:4
//
// Message `seq` lives in slot `seq % N` on lap `seq / N + 1`, so a word names exactly one message, and a
// reader can never take one message for another. Lap 0 is "never used". Whoever does not own a slot changes
// its word only by a CAS on the exact word that was read; a late writer, a second recoverer, a stale decision
// simply loses that CAS.
#pragma once

#include <cstdint>

namespace datablock {

/// Phases. The numbers are part of the layout fingerprint.
enum class Phase : std::uint8_t {
  free = 0,            ///< on lap 0: never used; else a tombstone, a number that readers step over
  writing = 1,         ///< the owner may write the payload
  committed = 2,       ///< published; nobody owns it
  draining = 3,        ///< claimed over COMMITTED, no byte touched yet: can be given back
  draining_empty = 4,  ///< claimed over FREE, no byte touched yet: can be given back
  quarantined =
      5,  ///< taken from a live owner by force: its bytes are in nobody's way until the owner is done
};

/// Participant id of nobody.
inline constexpr std::uint8_t kNobody = 0;

struct SlotWord {
  std::uint64_t raw = 0;

  static constexpr SlotWord make(std::uint64_t lap, std::uint8_t owner, Phase phase) {
    return {lap << 12 | std::uint64_t{owner} << 4 | static_cast<std::uint64_t>(phase)};
  }
  static constexpr SlotWord committed(std::uint64_t lap) { return make(lap, kNobody, Phase::committed); }
  static constexpr SlotWord free(std::uint64_t lap) { return make(lap, kNobody, Phase::free); }

  constexpr std::uint64_t lap() const { return raw >> 12; }
  constexpr std::uint8_t owner() const { return static_cast<std::uint8_t>(raw >> 4); }
  constexpr Phase phase() const { return static_cast<Phase>(raw & 15); }

  constexpr bool is_draining() const {
    return phase() == Phase::draining || phase() == Phase::draining_empty;
  }
  /// FREE or COMMITTED: nobody owns it, its next lap may be claimed.
  constexpr bool is_settled() const { return phase() == Phase::committed || phase() == Phase::free; }

  /// The word to put back when a drain is given up: what was there before it.
  constexpr SlotWord before_drain() const {
    return phase() == Phase::draining ? committed(lap() - 1) : free(lap() - 1);
  }

  /// Could a correct program have written this word (participants 1..max)?
  constexpr bool is_possible(unsigned max_participants) const {
    switch (phase()) {
      case Phase::free:
        return owner() == kNobody;
      case Phase::committed:
        return owner() == kNobody && lap() > 0;
      case Phase::writing:
      case Phase::draining:
      case Phase::draining_empty:
      case Phase::quarantined:
        return owner() != kNobody && owner() <= max_participants && lap() > 0;
    }
    return false;
  }

  friend constexpr bool operator==(SlotWord, SlotWord) = default;
};

/// Where message `seq` lives. Stepping costs no division; only a long jump does.
class RingPosition {
 public:
  RingPosition() = default;
  RingPosition(std::uint64_t seq, std::uint64_t slot_count)
      : seq_(seq), lap_(seq / slot_count + 1), slot_(seq % slot_count), slot_count_(slot_count) {}

  std::uint64_t seq() const { return seq_; }
  std::uint64_t lap() const { return lap_; }
  std::uint64_t slot() const { return slot_; }

  void step() {
    ++seq_;
    if (++slot_ == slot_count_) {
      slot_ = 0;
      ++lap_;
    }
  }

  void seek(std::uint64_t seq) {
    const std::uint64_t distance = seq - seq_;  // wraps to something huge when seeking backwards
    if (distance == 0) {
      return;
    }
    if (distance < slot_count_) {
      seq_ = seq;
      slot_ += distance;
      if (slot_ >= slot_count_) {
        slot_ -= slot_count_;
        ++lap_;
      }
      return;
    }
    *this = RingPosition(seq, slot_count_);
  }

 private:
  std::uint64_t seq_ = 0;
  std::uint64_t lap_ = 1;
  std::uint64_t slot_ = 0;
  std::uint64_t slot_count_ = 1;
};

/// The message that a word on `lap` of `slot` speaks of. Only for lap >= 1.
constexpr std::uint64_t seq_of(std::uint64_t lap, std::uint64_t slot, std::uint64_t slot_count) {
  return (lap - 1) * slot_count + slot;
}

}  // namespace datablock
