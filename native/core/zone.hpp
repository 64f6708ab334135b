// Flexible zones: named pieces of a block's memory, beside the ring, that its users manage as they like.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/checksum.hpp"
#include "core/segment.hpp"

namespace datablock {

/// One zone as it is mapped. Nothing orders what several processes do in it: that is what the spinlocks are
/// for. Valid as long as the mapping is.
class Zone {
 public:
  /// Throws Error(NO_SUCH_ZONE), naming those there are.
  Zone(const SegmentFile& file, const MappedSegment& map, std::string_view name);

  const std::string& name() const { return name_; }
  /// In the order of the block's zone table.
  std::size_t index() const { return index_; }
  /// Shared memory; read-only memory for an observer.
  std::span<std::byte> bytes() const { return bytes_; }

  /// Stores the checksum of what is in the zone now, with the block's algorithm (xxh3 where it has none).
  /// Never done by itself. The caller keeps others from writing meanwhile. Not for observers.
  void update_checksum() const { store_zone_checksum(*view_, index_, bytes_); }
  /// absent: it was never stored, or whoever stored it died half-way.
  ChecksumVerdict verify_checksum() const { return verify_zone_checksum(*view_, index_, bytes_); }

 private:
  std::string name_;
  std::size_t index_;
  std::span<std::byte> bytes_;
  const View* view_;
};

std::string zone_name(const ZoneEntry& entry);

}  // namespace datablock
