// Validation: every invariant of the protocol that a look from outside can check. Reads only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/segment.hpp"

namespace datablock {

struct Violation {
  const char* rule;  ///< stable name, listed in docs/protocol.md
  std::optional<std::uint64_t> slot;
  std::optional<std::uint8_t> participant;
  std::string detail;
  bool repairable;  ///< traces of a dead participant, which recovery removes
};

struct ValidationReport {
  std::uint64_t slots_checked = 0;
  std::uint64_t checksums_verified = 0;
  std::uint64_t moving = 0;  ///< slots that changed while we looked: nothing is said of them
  std::vector<Violation> violations;
};

/// `view` must include the payload when `checksums` is asked for.
ValidationReport validate(const SegmentFile& file, const View& view, bool checksums);

}  // namespace datablock
