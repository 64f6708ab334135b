// Any snapshot file: pokes into a good one, with or without payload. The first byte says which, where,
// whether the digest of what was recorded of the living is made to fit, and whether the file is cut.
#include <unistd.h>

#include <cstring>

#include "core/checksum.hpp"
#include "core/snapshot_file.hpp"
#include "victim.hpp"

using namespace datablock;
using namespace datablock::fuzz;

namespace {

std::vector<std::byte> make_snapshot(bool with_payload) {
  write_victim(healthy_block());
  const std::string path = directory() + "/snapshot";
  const Observer observer(kBlock, directory());
  write_snapshot(observer.file(), observer.view(), path, with_payload);
  rename(path.c_str(), (directory() + "/" + kBlock).c_str());
  return read_victim();
}

/// What stands behind the block says who was alive, and ends with its own digest and a magic.
void make_digest_fit(std::span<std::byte> recording) {
  const std::size_t digest_at = recording.size() - 16;
  RangeDigest digest;
  digest.update(recording.data(), digest_at);
  const std::uint64_t value = digest.value();
  std::memcpy(recording.data() + digest_at, &value, sizeof value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::byte> words_only = make_snapshot(false);
  static const std::vector<std::byte> whole = make_snapshot(true);
  Input input(data, size);
  const auto how = input.take<std::uint8_t>();
  std::vector<std::byte> bytes = (how & 4) != 0 ? whole : words_only;
  const std::size_t recording_at = bytes.size() - sizeof(Recording);
  while (!input.is_empty()) {
    const auto where = input.take<std::uint32_t>();
    const auto value = input.take<std::uint64_t>();
    const std::size_t base = (how & 1) != 0 ? recording_at : 0;
    const std::size_t offset = base + where % (bytes.size() - base - sizeof value);
    std::memcpy(bytes.data() + offset, &value, sizeof value);
  }
  if ((how & 8) == 0) {
    make_digest_fit(std::span(bytes).subspan(recording_at));
  }
  if ((how & 2) != 0) {
    bytes.resize(bytes.size() - std::min<std::size_t>(bytes.size(), std::size_t{how} * 1000));
  }
  write_victim(bytes);
  try {
    const Observer observer(open_snapshot(directory() + "/" + kBlock));
    observe(observer);
  } catch (const Error&) {
    // Refused, as it should be.
  }
  if (read_victim() != bytes) {
    std::abort();
  }
  return 0;
}
