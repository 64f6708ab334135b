// Checksums of messages and of zones. Covered of a message: payload[0..length], seq, length, flags; so one
// that was copied to another place, cut, or marked otherwise does not match. Keyed ones (blake2b_keyed) can
// be made and checked only by who knows the block's secret. The algorithms are libraries': xxHash and
// libsodium.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/block_view.hpp"
#include "platform/linux/native_env.hpp"

namespace datablock {

/// 32 bytes; xxh3 (128 bits) fills the first 16.
using Digest = std::array<std::uint64_t, 4>;

/// `key`: 32 bytes, for the algorithm that is keyed.
Digest message_digest(ChecksumAlgorithm algorithm, const std::uint8_t* key, const std::byte* payload,
                      std::uint64_t seq, std::uint64_t length, std::uint32_t flags);

/// Stores the digest of the message that is about to be committed in the slot of `at`.
void store_checksum(const BlockView<NativeEnv>& view, const RingPosition& at, std::uint64_t length,
                    std::uint32_t flags);

enum class ChecksumVerdict {
  matches,
  differs,
  absent,        ///< none was stored
  unverifiable,  ///< it is keyed, and the block's secret is not known here
};

/// BlockView::mark_is_sound of blocks whose checksums are enforced.
bool is_mark_sound(const BlockView<NativeEnv>& view, const RingPosition& at);

/// Stores the digest of a zone: what is in it now is whole. The caller keeps others from writing meanwhile.
void store_zone_checksum(const BlockView<NativeEnv>& view, std::size_t zone,
                         std::span<const std::byte> bytes);
ChecksumVerdict verify_zone_checksum(const BlockView<NativeEnv>& view, std::size_t zone,
                                     std::span<const std::byte> bytes);

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
