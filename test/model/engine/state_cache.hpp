// States that have been explored, with what was left to spend there: coming again with no more is not worth
// it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace datablock::model {

/// What is left of each budget.
using Remaining = std::array<std::uint8_t, 4>;

class StateCache {
 public:
  explicit StateCache(std::size_t largest) : largest_(largest) {}

  void clear();
  /// True if `state` was seen with at least `remaining`; else remembers it.
  bool contains_or_add(std::uint64_t state, Remaining remaining);
  std::size_t size() const { return size_; }

 private:
  struct Entry {
    std::uint64_t state = 0;  ///< 0: empty
    Remaining remaining{};
  };

  void grow();
  void insert(std::uint64_t state, Remaining remaining);

  std::size_t largest_;
  std::size_t size_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace datablock::model
