#include "core/validation.hpp"

#include "core/checksum.hpp"
#include "core/clean_up.hpp"
#include "core/diagnosis.hpp"
#include "core/snapshot_file.hpp"

namespace datablock {
namespace {

std::string describe(SlotWord word) {
  constexpr const char* kNames[] = {"FREE",     "WRITING",        "COMMITTED",
                                    "DRAINING", "DRAINING_EMPTY", "QUARANTINED"};
  const auto phase = static_cast<std::size_t>(word.phase());
  return std::string(phase < std::size(kNames) ? kNames[phase] : "no phase") + " on lap " +
         std::to_string(word.lap()) + " by " + std::to_string(word.owner());
}

class Validator {
 public:
  Validator(const SegmentFile& file, const View& view)
      : file_(file), view_(view), verdicts_(verdict_table(file, view)) {}

  ValidationReport run(bool checksums) {
    for (std::uint64_t slot = 0; slot < view_.slot_count; ++slot) {
      check_slot(slot, checksums && view_.checksums != nullptr);
    }
    for (unsigned id = 1; id <= view_.max_participants; ++id) {
      check_participant(static_cast<std::uint8_t>(id));
    }
    check_bits();
    check_spinlocks();
    return std::move(report_);
  }

 private:
  void violate(const char* rule, std::optional<std::uint64_t> slot, std::optional<std::uint8_t> participant,
               std::string detail, bool repairable) {
    report_.violations.push_back({rule, slot, participant, std::move(detail), repairable});
  }

  SlotWord word_of(std::uint64_t slot) const {
    return SlotWord{view_.states[slot].state.load(std::memory_order_seq_cst)};
  }

  /// The verdicts are those of when we began, and a seat may have been taken since: so the few that matter
  /// are asked for again. Whoever uses this looks at the word that made it ask once more afterwards: if that
  /// is the same, it was a dead one's.
  bool is_dead(std::uint8_t id) const {
    return verdicts_[id] == Verdict::dead && testify(file_, view_, id).verdict == Verdict::dead;
  }

  void check_slot(std::uint64_t slot, bool checksums) {
    ++report_.slots_checked;
    const std::uint64_t before = view_.control->claim.load(std::memory_order_seq_cst);
    const SlotWord word = word_of(slot);
    const std::uint64_t after = claim_by_now(file_, view_);
    if (!word.is_possible(view_.max_participants)) {
      violate("slot-word", slot, std::nullopt,
              "The word " + std::to_string(word.raw) + " is none that the protocol writes.", false);
    } else if (!is_plausible(view_, slot, word, before, after)) {
      violate("slot-lap", slot, std::nullopt,
              "It is " + describe(word) + ", which does not fit a claim of " + std::to_string(after) + ".",
              false);
    } else if (!word.is_settled() && is_dead(word.owner()) && word_of(slot) == word) {
      violate("owner-without-lock", slot, word.owner(), "It is " + describe(word) + ", who is dead.", true);
    } else if (word.phase() == Phase::committed) {
      check_message(slot, word, checksums);
    }
  }

  void check_message(std::uint64_t slot, SlotWord word, bool checksums) {
    const auto& state = view_.states[slot];
    const std::uint64_t length = state.length.load(std::memory_order_relaxed);
    const std::uint32_t flags = state.flags.load(std::memory_order_relaxed);
    const bool fits = length <= view_.slot_size;
    const ChecksumVerdict checksum =
        checksums && fits
            ? verify_checksum(view_, slot, seq_of(word.lap(), slot, view_.slot_count), length, flags)
            : ChecksumVerdict::absent;
    NativeEnv::fence();  // the look at the bytes before the second look at the word
    if (word_of(slot) != word || was_overtaken(slot, word)) {
      ++report_.moving;  // a live slot: what we read, or what was copied, may be torn
    } else if (!fits) {
      violate("message-length", slot, std::nullopt,
              "Its length is " + std::to_string(length) + ", the slot holds " +
                  std::to_string(view_.slot_size) + ".",
              false);
    } else if (checksum == ChecksumVerdict::differs) {
      violate("checksum", slot, std::nullopt,
              "Message " + std::to_string(seq_of(word.lap(), slot, view_.slot_count)) +
                  " does not match its checksum.",
              false);
    } else if (checksum == ChecksumVerdict::matches) {
      ++report_.checksums_verified;
    } else if (checksum == ChecksumVerdict::unverifiable) {
      ++report_.checksums_unverifiable;
    }
  }

  /// Of a snapshot: the slot may have been written anew before the copying was over. (Whoever takes a slot
  /// moves `claim` past it before it writes a byte.)
  bool was_overtaken(std::uint64_t slot, SlotWord word) const {
    return file_.recorded && claimed_lap(slot, claim_by_now(file_, view_), view_.slot_count) > word.lap();
  }

  void check_participant(std::uint8_t id) {
    const auto& entry = view_.participant(id);
    const std::uint64_t hold = entry.hold.load(std::memory_order_seq_cst);
    const std::uint64_t pin = entry.pin.load(std::memory_order_seq_cst);
    const std::uint64_t claim = claim_by_now(file_, view_);
    const EntryWord word{entry.word.load(std::memory_order_acquire)};
    const auto state = word.state();
    const bool has_left_traces = has_traces(view_, id);
    const bool is_dead = this->is_dead(id) && entry.word.load(std::memory_order_acquire) == word.raw;
    if (state > EntryState::leaving) {
      violate("entry-state", std::nullopt, id, "Its state is none that there is.", is_dead);
    }
    // A finished reader may be one past a number whose claim its dead writer never moved.
    if (hold != kNoHold && hold > claim + 1) {
      violate("hold-beyond-claim", std::nullopt, id,
              "It holds message " + std::to_string(hold) + ", but only " + std::to_string(claim) +
                  " were claimed.",
              is_dead);
    }
    if (pin != kNoPin && pin >= view_.slot_count) {
      violate("pin-beyond-ring", std::nullopt, id,
              "It pins slot " + std::to_string(pin) + ", which there is not.", is_dead);
    }
    if (is_dead && has_left_traces) {
      const bool is_free = state == EntryState::free;
      violate(is_free ? "traces-of-free-entry" : "entry-without-lock", std::nullopt, id,
              is_free ? "The entry is free, but still has a hold, a pin or a bit." : "Its process is dead.",
              true);
    }
  }

  void check_bits() {
    const std::uint64_t bits = view_.control->sync.load(std::memory_order_seq_cst) |
                               view_.control->lossy.load(std::memory_order_seq_cst);
    for_each_participant(bits, [&](std::uint8_t id) {
      if (id > view_.max_participants) {
        violate("bit-beyond-participants", std::nullopt, id,
                "A bit is set for a participant that there cannot be.", false);
      }
    });
  }

  void check_spinlocks() {
    for (unsigned index = 0; index < view_.spinlock_count; ++index) {
      const auto& state = view_.spinlocks[index].word;
      const SpinlockWord word{state.load(std::memory_order_seq_cst)};
      const std::string name = "Spinlock " + std::to_string(index);
      if (!word.is_possible(view_.max_participants)) {
        violate("spinlock-word", std::nullopt, std::nullopt,
                name + " has the word " + std::to_string(word.raw) + ", which none that locks writes.",
                false);
      } else if (!word.is_free() && is_dead(word.owner()) &&
                 state.load(std::memory_order_seq_cst) == word.raw) {
        violate("spinlock-of-the-dead", std::nullopt, word.owner(), name + " is held by somebody dead.",
                true);
      }
    }
  }

  const SegmentFile& file_;
  const View& view_;
  VerdictTable verdicts_;
  ValidationReport report_;
};

}  // namespace

ValidationReport validate(const SegmentFile& file, const View& view, bool checksums) {
  return Validator(file, view).run(checksums);
}

ValidationReport validate(const SegmentFile& file, bool checksums, const Secret& key) {
  const bool has_payload = !file.recorded || file.recorded->has_payload();
  const bool checks = checksums && has_payload;
  MappedSegment map(file, checks ? Access::observer_payload : Access::observer, false);
  map.use_key(key);
  return validate(file, map.view(), checks);
}

std::optional<std::uint64_t> first_impossible_slot(const View& view) {
  for (std::uint64_t slot = 0; slot < view.slot_count; ++slot) {
    const std::uint64_t before = view.control->claim.load(std::memory_order_seq_cst);
    const SlotWord word{view.states[slot].state.load(std::memory_order_seq_cst)};
    const std::uint64_t after = view.control->claim.load(std::memory_order_seq_cst);
    if (!is_plausible(view, slot, word, before, after)) {
      return slot;
    }
  }
  return std::nullopt;
}

}  // namespace datablock
