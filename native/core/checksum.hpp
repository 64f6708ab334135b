// Checksums of messages. Covered: payload[0..length], seq, length, flags; so a message that was copied to
// another place, cut, or marked otherwise does not match. The algorithms are libraries': xxHash and
// libsodium.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/block_view.hpp"
#include "platform/linux/native_env.hpp"

namespace datablock {

/// 32 bytes; xxh3 (128 bits) fills the first 16.
using Digest = std::array<std::uint64_t, 4>;

Digest message_digest(ChecksumAlgorithm algorithm, const std::byte* payload, std::uint64_t seq,
                      std::uint64_t length, std::uint32_t flags);

/// Stores the digest of the message that is about to be committed in the slot of `at`.
void store_checksum(const BlockView<NativeEnv>& view, const RingPosition& at, std::uint64_t length,
                    std::uint32_t flags);

enum class ChecksumVerdict { matches, differs, absent };

/// Recomputes the digest of a committed message that cannot change meanwhile (hold or pin).
ChecksumVerdict verify_checksum(const BlockView<NativeEnv>& view, std::uint64_t slot, std::uint64_t seq,
                                std::uint64_t length, std::uint32_t flags);

/// XXH3-64 of one byte range after another; the header's digest.
class RangeDigest {
 public:
  RangeDigest();
  ~RangeDigest();
  RangeDigest(const RangeDigest&) = delete;
  RangeDigest& operator=(const RangeDigest&) = delete;
  void update(const void* data, std::size_t size);
  std::uint64_t value() const;

 private:
  void* state_;
};

}  // namespace datablock
