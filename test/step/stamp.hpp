// What is written into a payload: who wrote it, as its how-manieth, and a filling that shows when it is torn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace datablock::step {

inline constexpr std::size_t kSlotSize = 64;

enum class Author : std::uint64_t { survivor = 1, child = 2, bystander = 3 };

struct Stamp {
  Author author;
  std::uint64_t index;

  friend bool operator==(const Stamp&, const Stamp&) = default;
};

/// Bytes: each message has another length than the one before.
inline std::size_t length_of(const Stamp& stamp) {
  return 24 + 8 * (stamp.index % 6);
}

inline std::uint64_t filling(const Stamp& stamp, std::uint64_t word) {  // splitmix64
  std::uint64_t value = static_cast<std::uint64_t>(stamp.author) * 1'000'003 + stamp.index * 31 + word;
  value = (value + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
  return (value ^ (value >> 27)) * 0x94d049bb133111eb;
}

inline void write_stamp(std::span<std::byte> payload, const Stamp& stamp) {
  for (std::uint64_t i = 0; i < length_of(stamp) / 8; ++i) {
    const std::uint64_t word = i == 0   ? static_cast<std::uint64_t>(stamp.author)
                               : i == 1 ? stamp.index
                                        : filling(stamp, i);
    std::memcpy(payload.data() + 8 * i, &word, 8);
  }
}

/// Empty when the payload is not one whole stamp.
inline std::optional<Stamp> read_stamp(std::span<const std::byte> payload) {
  if (payload.size() < 16) {
    return std::nullopt;
  }
  const auto word = [&](std::uint64_t i) {
    std::uint64_t value = 0;
    std::memcpy(&value, payload.data() + 8 * i, 8);
    return value;
  };
  const Stamp stamp{static_cast<Author>(word(0)), word(1)};
  if (payload.size() != length_of(stamp)) {
    return std::nullopt;
  }
  for (std::uint64_t i = 2; i < payload.size() / 8; ++i) {
    if (word(i) != filling(stamp, i)) {
      return std::nullopt;
    }
  }
  return stamp;
}

}  // namespace datablock::step
