// Validation: every invariant of the protocol that a look from outside can check. Reads only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/segment.hpp"

namespace datablock {

/// Something that must not be.
struct Violation {
  const char* rule;  ///< stable name, listed in docs/protocol.md
  std::optional<std::uint64_t> slot;
  std::optional<std::uint8_t> participant;
  std::string detail;
  bool repairable;  ///< traces of a dead participant, which recovery removes
};

/// What a validation found.
struct ValidationReport {
  std::uint64_t slots_checked = 0;
  std::uint64_t checksums_verified = 0;
  std::uint64_t checksums_unverifiable = 0;  ///< keyed, and the secret is not known here
  std::uint64_t moving = 0;                  ///< slots that changed while we looked: nothing is said of them
  std::vector<Violation> violations;
};

/// `view` must include the payload when `checksums` is asked for.
ValidationReport validate(const SegmentFile& file, const View& view, bool checksums);

/// Maps what it needs for as long as it takes. `checksums` is ignored for a snapshot without payload.
/// `key`: of message_key(), for keyed checksums; Observer::key() has it.
ValidationReport validate(const SegmentFile& file, bool checksums, const Secret& key = nullptr);

/// The first slot whose word the protocol cannot have written.
std::optional<std::uint64_t> first_impossible_slot(const View& view);

}  // namespace datablock
