// Any header: the input replaces the first bytes of a healthy block. The first byte says whether the digest
// is made to fit (so that the checks behind it are reached) and how long the file is.
#include <cstring>

#include "victim.hpp"

using namespace datablock;
using namespace datablock::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::byte> bytes = healthy_block();
  Input input(data, size);
  const auto how = input.take<std::uint8_t>();
  const std::span<const std::byte> patch = input.rest();
  // Offset of the patch: the interesting fields lie behind 88 bytes of identity.
  const std::size_t offset = (how & 2) != 0    ? offsetof(Header, total_size)
                             : (how & 4) != 0  ? kHeaderSize
                             : (how & 16) != 0 ? kSchemaOffset
                                               : 0;
  const std::size_t length = std::min<std::size_t>(patch.size(), kGroupAlignment - offset);
  std::copy_n(patch.data(), length, bytes.data() + offset);
  if ((how & 1) != 0) {
    Header header;
    ZoneTable zones(kMaxZones);
    std::memcpy(&header, bytes.data(), sizeof header);
    std::memcpy(zones.data(), bytes.data() + kHeaderSize, zones.size() * sizeof(ZoneEntry));
    const std::size_t length = std::min<std::size_t>(header.schema_length, kMaxSchemaText);
    header.digest =
        header_digest(header, zones, {reinterpret_cast<const char*>(bytes.data()) + kSchemaOffset, length});
    std::memcpy(bytes.data(), &header, sizeof header);
  }
  if ((how & 8) != 0) {
    bytes.resize(std::min<std::size_t>(bytes.size(), std::size_t{how} * 64));
  }
  write_victim(bytes);
  try {
    const Observer observer(kBlock, directory());
    observe(observer);
  } catch (const Error&) {
    // Refused, as it should be.
  }
  if (read_victim() != bytes) {
    std::abort();  // an observer wrote
  }
  return 0;
}
