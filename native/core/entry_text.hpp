// A participant's name and note, as they lie in its entry: words, so that a reader can load them while they
// change.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>

#include "core/printable.hpp"
#include "core/status.hpp"

namespace datablock {

/// `text` for an entry. Throws CONFIG_INVALID when it does not fit.
template <std::size_t kWords>
std::array<std::uint64_t, kWords> text_words(const std::array<std::atomic<std::uint64_t>, kWords>&,
                                             const std::string& text, const char* what) {
  if (text.size() >= kWords * 8 || text.find('\0') != std::string::npos) {
    throw Error(Status::CONFIG_INVALID, std::string("A participant's ") + what + " is at most " +
                                            std::to_string(kWords * 8 - 1) + " bytes.");
  }
  std::array<std::uint64_t, kWords> words{};
  std::memcpy(words.data(), text.data(), text.size());
  return words;
}

template <std::size_t kWords>
void store_words(std::array<std::atomic<std::uint64_t>, kWords>& to,
                 const std::array<std::uint64_t, kWords>& from) {
  for (std::size_t i = 0; i < kWords; ++i) {
    to[i].store(from[i], std::memory_order_relaxed);
  }
}

/// The text in an entry, as it may be shown to people.
template <std::size_t kWords>
std::string load_text(const std::array<std::atomic<std::uint64_t>, kWords>& from) {
  char buffer[kWords * 8 + 1] = {};
  for (std::size_t i = 0; i < kWords; ++i) {
    const std::uint64_t word = from[i].load(std::memory_order_relaxed);
    std::memcpy(buffer + 8 * i, &word, 8);
  }
  return printable(buffer);
}

}  // namespace datablock
