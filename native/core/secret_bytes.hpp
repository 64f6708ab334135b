// 256 secret bits in a process's memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace datablock {

inline constexpr std::size_t kSecretSize = 32;

/// In memory of their own that is not swapped (as far as RLIMIT_MEMLOCK allows), not dumped, has guard pages
/// round it, and is wiped when they go.
class SecretBytes {
 public:
  using View = std::span<const std::uint8_t, kSecretSize>;

  /// Copies them. Throws std::bad_alloc.
  explicit SecretBytes(View bytes);
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  View bytes() const { return View(bytes_, kSecretSize); }

 private:
  std::uint8_t* bytes_;
};

using Secret = std::shared_ptr<const SecretBytes>;

}  // namespace datablock
