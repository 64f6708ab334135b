#include "block.hpp"

namespace datablock::step {

std::string describe(SlotWord word) {
  constexpr const char* kNames[] = {"FREE",     "WRITING",        "COMMITTED",
                                    "DRAINING", "DRAINING_EMPTY", "QUARANTINED"};
  const auto phase = static_cast<std::size_t>(word.phase());
  std::string text = phase < std::size(kNames) ? kNames[phase] : "phase " + std::to_string(phase);
  text += "(" + std::to_string(word.lap());
  return text + (word.owner() == kNobody ? ")" : ", " + std::to_string(word.owner()) + ")");
}

std::uint64_t RawBlock::slot_owned_by(unsigned id) const {
  std::uint64_t slot = 0;
  while (slot < slots() && (id == kNobody || word(slot).owner() != id)) {
    ++slot;
  }
  return slot;
}

std::string RawBlock::describe() const {
  std::string text = "claim " + std::to_string(claim()) + "; slots";
  for (std::uint64_t slot = 0; slot < slots(); ++slot) {
    text += " " + step::describe(word(slot));
  }
  constexpr const char* kStates[] = {"FREE", "JOINING", "ACTIVE", "LEAVING"};
  for (unsigned id = 1; id <= view().max_participants; ++id) {
    const auto& entry = view().participant(static_cast<std::uint8_t>(id));
    const std::uint64_t hold = entry.hold.load();
    const std::uint64_t pin = entry.pin.load();
    const std::uint64_t bit = participant_bit(static_cast<std::uint8_t>(id));
    const bool syncs = (view().control->sync.load() & bit) != 0;
    const bool pins = (view().control->lossy.load() & bit) != 0;
    const auto state = static_cast<std::size_t>(this->entry(id).state());
    if (state == 0 && hold == kNoHold && pin == kNoPin && !syncs && !pins) {
      continue;
    }
    text += "; #" + std::to_string(id) + " " + (state < std::size(kStates) ? kStates[state] : "?");
    text += hold == kNoHold ? "" : " hold " + std::to_string(hold);
    text += pin == kNoPin ? "" : " pin " + std::to_string(pin);
    text += syncs ? " sync" : "";
    text += pins ? " lossy" : "";
    text += entry.ended.load() != 0 ? " ended" : "";
    text += probe_lock(file_.fd.get(), kLockBase + id) == LockState::held ? " locked" : "";
  }
  return text;
}

bool RawBlock::has_changed() {
  const auto bytes = [](const void* start, std::size_t size) {
    return std::span(static_cast<const std::byte*>(start), size);
  };
  const View& look = view();
  const std::span<const std::byte> parts[] = {
      bytes(look.control, sizeof *look.control),
      bytes(look.metrics, sizeof *look.metrics),
      bytes(look.participants, look.max_participants * sizeof *look.participants),
      bytes(look.waiters, look.slot_count * sizeof *look.waiters),
      bytes(look.recorder, kRecorderEntries * sizeof *look.recorder),
      bytes(look.states, look.slot_count * sizeof *look.states),
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
