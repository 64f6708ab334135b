#include "block.hpp"

#include <sstream>

namespace datablock::step {

std::string describe(SlotWord word) {
  constexpr const char* kNames[] = {"FREE",     "WRITING",        "COMMITTED",
                                    "DRAINING", "DRAINING_EMPTY", "QUARANTINED"};
  const auto phase = static_cast<std::size_t>(word.phase());
  std::ostringstream text;
  text << (phase < std::size(kNames) ? kNames[phase] : "?") << '(' << word.lap();
  if (word.owner() != kNobody) {
    text << ", " << unsigned{word.owner()};
  }
  text << ')';
  return text.str();
}

std::string RawBlock::describe() const {
  std::ostringstream text;
  text << "claim " << claim() << "; slots";
  for (std::uint64_t slot = 0; slot < slots(); ++slot) {
    text << ' ' << step::describe(word(slot));
  }
  for (unsigned id = 1; id <= view().max_participants; ++id) {
    describe_participant(text, static_cast<std::uint8_t>(id));
  }
  return text.str();
}

void RawBlock::describe_participant(std::ostream& text, std::uint8_t id) const {
  constexpr const char* kStates[] = {"FREE", "JOINING", "ACTIVE", "LEAVING"};
  const auto& entry = view().participant(id);
  const std::uint64_t hold = entry.hold.load();
  const std::uint64_t pin = entry.pin.load();
  const bool syncs = (view().control->sync.load() & participant_bit(id)) != 0;
  const bool pins = (view().control->lossy.load() & participant_bit(id)) != 0;
  const auto state = static_cast<std::size_t>(this->entry(id).state());
  if (state == 0 && hold == kNoHold && pin == kNoPin && !syncs && !pins) {
    return;
  }
  text << "; #" << unsigned{id} << ' ' << (state < std::size(kStates) ? kStates[state] : "?");
  if (hold != kNoHold) {
    text << " hold " << hold;
  }
  if (pin != kNoPin) {
    text << " pin " << pin;
  }
  text << (syncs ? " sync" : "") << (pins ? " lossy" : "") << (entry.ended.load() != 0 ? " ended" : "");
  text << (is_locked(id) ? " locked" : "");
}

bool RawBlock::has_changed() {
  const auto bytes = [](const void* start, std::size_t size) {
    return std::span(static_cast<const std::byte*>(start), size);
  };
  const View& look = view();
  const std::span<const std::byte> parts[] = {
      bytes(look.control, sizeof *look.control),
      bytes(look.metrics, sizeof *look.metrics),
      bytes(look.spinlocks, look.spinlock_count * sizeof *look.spinlocks),
      bytes(look.participants, look.max_participants * sizeof *look.participants),
      bytes(look.waiters, look.slot_count * sizeof *look.waiters),
      bytes(look.recorder, kRecorderEntries * sizeof *look.recorder),
      bytes(look.states, look.slot_count * sizeof *look.states),
      bytes(map_.zones().data(), map_.zones().size()),
      bytes(look.payload, look.slot_count * look.stride),
  };
  bool changed = false;
  std::size_t at = 0;
  for (const auto& part : parts) {
    if (seen_.size() < at + part.size()) {
      seen_.resize(at + part.size());
    }
    if (std::memcmp(seen_.data() + at, part.data(), part.size()) != 0) {
      std::memcpy(seen_.data() + at, part.data(), part.size());
      changed = true;
    }
    at += part.size();
  }
  return changed;
}

}  // namespace datablock::step
