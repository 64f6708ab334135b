// Any snapshot file: pokes into a good one, with its digest made to fit when the first bit says so.
#include <unistd.h>

#include <cstring>

#include "core/snapshot_file.hpp"
#include "victim.hpp"

using namespace datablock;
using namespace datablock::fuzz;

namespace {

std::vector<std::byte> make_snapshot() {
  write_victim(healthy_block());
  const std::string path = directory() + "/snapshot";
  const Observer observer(kBlock, directory());
  write_snapshot(observer.file(), observer.view(), path, false);
  rename(path.c_str(), (directory() + "/" + kBlock).c_str());
  return read_victim();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::byte> good = (static_cast<void>(healthy_block()), make_snapshot());
  std::vector<std::byte> bytes = good;
  Input input(data, size);
  const auto how = input.take<std::uint8_t>();
  const std::size_t trailer = bytes.size() - sizeof(Recording);
  while (!input.is_empty()) {
    const auto where = input.take<std::uint16_t>();
    const auto value = input.take<std::uint64_t>();
    const std::size_t base = (how & 1) != 0 ? trailer : 0;
    const std::size_t offset = std::min<std::size_t>(base + where, bytes.size() - sizeof value);
    std::memcpy(bytes.data() + offset, &value, sizeof value);
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
