// The word of a shared spinlock: who holds it, and whether what it protects can be trusted.
//
//     thread:48 | owner:8 | mark:8
//
// `owner` is a participant, `thread` one of its process's threads. The mark says that an owner died, or left,
// while it held the lock. It stays, whoever locks and unlocks, until an owner that has looked at the data
// takes it away.
#pragma once

#include <cstdint>

#include "core/slot_word.hpp"

namespace datablock {

/// One thread of a process, told from all others that it has or had: 32 bits of thread id, 16 that differ
/// where an id is used again.
struct ThreadTag {
  std::uint64_t raw = 0;

  static constexpr ThreadTag make(std::uint32_t id, std::uint16_t serial) {
    return {std::uint64_t{id} << 16 | serial};
  }
  constexpr std::uint32_t id() const { return static_cast<std::uint32_t>(raw >> 16); }

  friend constexpr bool operator==(ThreadTag, ThreadTag) = default;
};

struct SpinlockWord {
  std::uint64_t raw = 0;

  constexpr ThreadTag thread() const { return {raw >> 16}; }
  constexpr std::uint8_t owner() const { return static_cast<std::uint8_t>(raw >> 8); }
  /// OWNER_DEAD: an owner did not unlock it.
  constexpr bool is_marked() const { return (raw & 255) == kMark; }
  constexpr bool is_free() const { return owner() == kNobody; }
  constexpr bool is_held_by(std::uint8_t participant, ThreadTag by) const {
    return owner() == participant && thread() == by;
  }

  constexpr SpinlockWord taken_by(std::uint8_t participant, ThreadTag by) const {
    return {by.raw << 16 | std::uint64_t{participant} << 8 | (raw & 255)};
  }
  constexpr SpinlockWord unlocked() const { return {raw & 255}; }
  constexpr SpinlockWord abandoned() const { return {kMark}; }
  constexpr SpinlockWord consistent() const { return {raw & ~std::uint64_t{255}}; }

  /// Could a correct program have written this word (participants 1..max)?
  constexpr bool is_possible(unsigned max_participants) const {
    const bool has_possible_mark = (raw & 255) == 0 || is_marked();
    return has_possible_mark &&
           (is_free() ? thread() == ThreadTag{} : owner() <= max_participants && thread() != ThreadTag{});
  }

  friend constexpr bool operator==(SpinlockWord, SpinlockWord) = default;

 private:
  static constexpr std::uint64_t kMark = 1;
};

}  // namespace datablock
