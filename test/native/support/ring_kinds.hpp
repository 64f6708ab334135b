// The kinds of ring that the slot protocol must behave alike on.
#pragma once

#include <string>
#include <vector>

#include "support/block_test.hpp"

namespace datablock::testing {

struct RingKind {
  std::uint64_t slots;
  ProducerMode mode;
  Fences fences;

  friend void PrintTo(const RingKind& kind, std::ostream* out) { *out << name_of(kind); }
  static std::string name_of(const RingKind& kind) {
    return std::string(to_string(kind.mode)) + "_" + to_string(kind.fences) + "_" +
           std::to_string(kind.slots);
  }
};

inline std::vector<RingKind> ring_kinds(const std::vector<std::uint64_t>& sizes) {
  std::vector<RingKind> kinds;
  for (const std::uint64_t slots : sizes) {
    for (const ProducerMode mode : {ProducerMode::single, ProducerMode::multi}) {
      for (const Fences fences : {Fences::asymmetric, Fences::real}) {
        kinds.push_back({slots, mode, fences});
      }
    }
  }
  return kinds;
}

/// A test on each kind: made of BlockTest, with config() of that kind.
class OnEveryRing : public BlockTest, public ::testing::WithParamInterface<RingKind> {
 protected:
  static std::uint64_t slots() { return GetParam().slots; }
  static BlockConfig kind_config() {
    BlockConfig made = config(slots(), GetParam().mode);
    made.fences = GetParam().fences;
    return made;
  }
};

}  // namespace datablock::testing

#define INSTANTIATE_ON_RINGS(Suite, ...)                                               \
  INSTANTIATE_TEST_SUITE_P(                                                            \
      On, Suite, ::testing::ValuesIn(::datablock::testing::ring_kinds({__VA_ARGS__})), \
      [](const auto& test) { return ::datablock::testing::RingKind::name_of(test.param); })
