#include "core/zone.hpp"

#include <cstring>

#include "core/status.hpp"

namespace datablock {
namespace {

std::size_t find_zone(const SegmentFile& file, std::string_view name) {
  std::string all;
  for (std::size_t i = 0; i < file.header.zone_count; ++i) {
    const std::string there_is = zone_name(file.zones[i]);
    if (there_is == name) {
      return i;
    }
    all += (all.empty() ? "" : ", ") + there_is;
  }
  throw Error(Status::NO_SUCH_ZONE, all.empty() ? "It has none." : "It has: " + all + ".");
}

}  // namespace

std::string zone_name(const ZoneEntry& entry) {
  return {entry.name.data(), strnlen(entry.name.data(), entry.name.size())};
}

Zone::Zone(const SegmentFile& file, const MappedSegment& map, std::string_view name)
    : name_(name), index_(find_zone(file, name)), view_(&map.view()) {
  const ZoneEntry& entry = file.zones[index_];
  const std::uint64_t start = entry.offset - section(file.header, SectionId::zones).offset;
  bytes_ = map.zones().subspan(start, entry.size);
}

}  // namespace datablock
