// Counts in a zone under a spinlock: the C++ side of test/python/test_one_zone.py.
#include <datablock/datablock.hpp>

#include <atomic>
#include <cstdint>
#include <cstdlib>

int main(int, char** arguments) {
  datablock::ZoneUser user(arguments[1], {});
  datablock::SharedSpinLock lock = user.spinlock(5);
  // How many were counted, how many have come, and whether all may begin.
  auto* words = reinterpret_cast<std::uint64_t*>(user.zone("counter").bytes().data());
  const auto add = [&](std::uint64_t& word) {
    const datablock::SharedSpinLockGuard guard(lock, 30'000);
    ++word;
  };
  add(words[1]);
  while (std::atomic_ref(words[2]).load() == 0) {
  }
  for (int i = std::atoi(arguments[2]); i > 0; --i) {
    add(words[0]);
  }
}
