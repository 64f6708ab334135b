#include "engine/trace.hpp"

#include <atomic>
#include <cstdio>
#include <cstring>

namespace datablock::model {

void Trace::print() const {
  std::size_t number = 0;
  const char* last = "";
  for (const Line& line : lines_) {
    // An empty column while the same thread goes on: switches stand out.
    std::printf("  %4zu  %-12s %s\n", ++number, std::strcmp(last, line.thread) == 0 ? "" : line.thread,
                line.text.c_str());
    last = line.thread;
  }
}

std::string show_slot_word(std::uint64_t value) {
  static constexpr const char* kPhases[] = {"FREE",     "WRITING",        "COMMITTED",
                                            "DRAINING", "DRAINING_EMPTY", "QUARANTINED"};
  const std::uint64_t phase = value & 15;
  const std::uint64_t owner = value >> 4 & 255;
  std::string text = phase < 6 ? kPhases[phase] : "phase " + std::to_string(phase);
  text += "(lap " + std::to_string(value >> 12);
  if (owner != 0) {
    text += ", id " + std::to_string(owner);
  }
  return text + ")";
}

std::string show_spinlock_word(std::uint64_t value) {
  const std::uint64_t owner = value >> 8 & 255;
  const std::string text =
      owner == 0 ? "FREE"
                 : "HELD(id " + std::to_string(owner) + ", thread " + std::to_string(value >> 16) + ")";
  return text + ((value & 255) != 0 ? " marked" : "");
}

std::string show_entry_word(std::uint64_t value) {
  static constexpr const char* kStates[] = {"FREE", "JOINING", "ACTIVE", "LEAVING"};
  return std::string((value & 255) < 4 ? kStates[value & 255] : "?") + "(generation " +
         std::to_string(value >> 8) + ")";
}

std::string show_bits(std::uint64_t value) {
  std::string text = "{";
  for (int id = 1; id <= 64; ++id) {
    if ((value >> (id - 1) & 1) != 0) {
      text += (text.size() > 1 ? ", " : "") + std::to_string(id);
    }
  }
  return text + "}";
}

std::string show_number(std::uint64_t value) {
  return value == ~std::uint64_t{0} ? "NONE" : std::to_string(value);
}

const char* show_order(int order) {
  switch (static_cast<std::memory_order>(order)) {
    case std::memory_order_relaxed:
      return "relaxed";
    case std::memory_order_acquire:
      return "acquire";
    case std::memory_order_release:
      return "release";
    case std::memory_order_acq_rel:
      return "acq_rel";
    default:
      return "seq_cst";
  }
}

}  // namespace datablock::model
