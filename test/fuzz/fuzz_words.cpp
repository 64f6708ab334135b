// Any words behind a good header: the input is a list of (where, value) pokes into the shared and the states
// group. Observers must cope and change nothing; participants and recovery must cope.
#include <cstring>

#include "victim.hpp"

using namespace datablock;
using namespace datablock::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::byte> bytes = healthy_block();
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  Input input(data, size);
  const auto poke = [&](std::uint64_t offset, std::uint64_t value) {
    std::memcpy(bytes.data() + offset, &value, sizeof value);
  };
  while (!input.is_empty()) {
    const auto what = input.take<std::uint8_t>();
    const auto index = input.take<std::uint8_t>();
    const auto value = input.take<std::uint64_t>();
    switch (what % 4) {
      case 0:  // a word of a slot
        poke(section(header, SectionId::states).offset + index % (header.slot_count * 8) * 8, value);
        break;
      case 1:  // a control word: one per pair of lines
        poke(section(header, SectionId::control).offset + index % 5 * kFalseSharingRange, value);
        break;
      case 2:  // a word of one of the first two participants
        poke(section(header, SectionId::participants).offset + index % 64 * 8, value);
        break;
      case 3:  // a word of the flight recorder or of a waiter
        poke(section(header, SectionId::recorder).offset + index * 8, value);
        break;
    }
  }
  write_victim(bytes);
  {
    const Observer observer(kBlock, directory());
    observe(observer);
  }
  if (read_victim() != bytes) {
    std::abort();  // an observer wrote
  }
  participate();
  return 0;
}
