// Hashes of what has happened, by which two orders of the same independent steps are known to be one state.
#pragma once

#include <cstdint>

namespace datablock::model {

constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = (a + 0x9e3779b97f4a7c15) ^ (b * 0xff51afd7ed558ccd);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

template <class... Rest>
constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b, Rest... rest) {
  return mix(mix(a, b), rest...);
}

}  // namespace datablock::model
