// A look at a block's words from outside, and whether anything in it has changed since the last look.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "core/segment.hpp"

namespace datablock::step {

class RawBlock {
 public:
  RawBlock(const std::string& name, const std::string& dir)
      : file_(open_segment(name, dir, true)), map_(file_, Access::producer, false) {}

  const SegmentFile& file() const { return file_; }
  const View& view() const { return map_.view(); }
  std::uint64_t slots() const { return view().slot_count; }
  SlotWord word(std::uint64_t slot) const { return SlotWord{view().states[slot].state.load()}; }
  std::uint32_t flags(std::uint64_t slot) const { return view().states[slot].flags.load(); }
  std::uint64_t claim() const { return view().control->claim.load(); }
  EntryWord entry(unsigned id) const {
    return EntryWord{view().participant(static_cast<std::uint8_t>(id)).word.load()};
  }
  /// Does its process live? (As the kernel sees it.)
  bool is_locked(std::uint8_t id) const {
    return probe_lock(file_.fd.get(), kLockBase + id) == LockState::held;
  }
  bool has_sleeper(std::uint64_t slot) const { return (view().waiters[slot].load() & 1) != 0; }
  bool has_hold_sleeper(unsigned id) const {
    return (view().participant(static_cast<std::uint8_t>(id)).hold_waiters.load() & 1) != 0;
  }

  /// One line for a report.
  std::string describe() const;
  /// Has any shared word, or a payload, changed since the last call?
  bool has_changed();

 private:
  void describe_participant(std::ostream& text, std::uint8_t id) const;

  SegmentFile file_;
  MappedSegment map_;
  std::vector<std::byte> seen_;
};

std::string describe(SlotWord word);

}  // namespace datablock::step
