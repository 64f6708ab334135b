#include "core/checksum.hpp"

#include <sodium.h>
#define XXH_INLINE_ALL  // its header is the whole library: nothing to link, and the calls can be inlined
#include <xxhash.h>

#include <cstring>
#include <new>

namespace datablock {
namespace {

/// What is hashed besides the bytes, in this order.
struct Covered {
  std::uint64_t number;  ///< of the message; of a zone, how often its checksum was stored
  std::uint64_t length;
  std::uint64_t kind;  ///< flags of the message, which have 32 bits; of a zone kZone and its index

  static constexpr std::uint64_t kZone = std::uint64_t{1} << 63;
};

Digest xxh3_digest(const std::byte* payload, const Covered& covered) {
  // The facts are the seed's input, so that one pass over the payload is enough.
  const XXH64_hash_t seed = XXH3_64bits(&covered, sizeof covered);
  const XXH128_hash_t hash = XXH3_128bits_withSeed(payload, covered.length, seed);
  return {hash.low64, hash.high64, 0, 0};
}

constexpr std::size_t kKeySize = 32;

/// `key` null: not keyed.
Digest blake2b_digest(const std::uint8_t* key, const std::byte* payload, const Covered& covered) {
  crypto_generichash_state state;
  Digest digest{};
  crypto_generichash_init(&state, key, key == nullptr ? 0 : kKeySize, sizeof digest);
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&covered), sizeof covered);
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(payload), covered.length);
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(digest.data()), sizeof digest);
  if (key != nullptr) {
    sodium_memzero(&state, sizeof state);  // it began with the key
  }
  return digest;
}

Digest digest_of(ChecksumAlgorithm algorithm, const std::uint8_t* key, const std::byte* bytes,
                 const Covered& covered) {
  switch (algorithm) {
    case ChecksumAlgorithm::xxh3:
      return xxh3_digest(bytes, covered);
    case ChecksumAlgorithm::blake2b:
      return blake2b_digest(nullptr, bytes, covered);
    case ChecksumAlgorithm::blake2b_keyed:
      return blake2b_digest(key, bytes, covered);
    case ChecksumAlgorithm::none:
      break;
  }
  return {};
}

void store_digest(std::array<std::atomic<std::uint64_t>, 4>& to, const Digest& digest) {
  for (std::size_t i = 0; i < digest.size(); ++i) {
    to[i].store(digest[i], std::memory_order_relaxed);
  }
}

bool is_digest(const std::array<std::atomic<std::uint64_t>, 4>& stored, const Digest& digest) {
  Digest copy;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    copy[i] = stored[i].load(std::memory_order_relaxed);
  }
  // In constant time: how much of a forged one is right is nobody's business.
  return sodium_memcmp(copy.data(), digest.data(), sizeof digest) == 0;
}

/// Keyed, without the key.
bool lacks_key(const BlockView<NativeEnv>& view) {
  return view.checksum_algorithm == ChecksumAlgorithm::blake2b_keyed && view.checksum_key == nullptr;
}

/// Checksums of zones are there for whoever asks for one, whatever the messages have.
ChecksumAlgorithm algorithm_of_zones(const BlockView<NativeEnv>& view) {
  return view.checksum_algorithm == ChecksumAlgorithm::none ? ChecksumAlgorithm::xxh3
                                                            : view.checksum_algorithm;
}

}  // namespace

Digest message_digest(ChecksumAlgorithm algorithm, const std::uint8_t* key, const std::byte* payload,
                      std::uint64_t seq, std::uint64_t length, std::uint32_t flags) {
  return digest_of(algorithm, key, payload, {seq, length, flags});
}

bool is_mark_sound(const BlockView<NativeEnv>& view, const RingPosition& at) {
  const auto& state = view.states[at.slot()];
  const std::uint64_t length = state.length.load(std::memory_order_relaxed);
  return length <= view.slot_size &&
         verify_checksum(view, at.slot(), at.seq(), length, state.flags.load(std::memory_order_relaxed)) ==
             ChecksumVerdict::matches;
}

void store_checksum(const BlockView<NativeEnv>& view, const RingPosition& at, std::uint64_t length,
                    std::uint32_t flags) {
  const Digest digest = message_digest(view.checksum_algorithm, view.checksum_key,
                                       view.slot_payload(at.slot()), at.seq(), length, flags);
  auto& stored = view.checksums[at.slot()];
  store_digest(stored.digest, digest);
  stored.seq.store(at.seq(), std::memory_order_relaxed);
  stored.length.store(length, std::memory_order_relaxed);
  stored.algorithm.store(static_cast<std::uint32_t>(view.checksum_algorithm), std::memory_order_relaxed);
  stored.present.store(1, std::memory_order_relaxed);
}

ChecksumVerdict verify_checksum(const BlockView<NativeEnv>& view, std::uint64_t slot, std::uint64_t seq,
                                std::uint64_t length, std::uint32_t flags) {
  const auto& stored = view.checksums[slot];
  const bool enforced = view.checksum_policy == ChecksumPolicy::enforced;
  if (!enforced && (stored.present.load(std::memory_order_relaxed) == 0 ||
                    stored.seq.load(std::memory_order_relaxed) != seq)) {
    return ChecksumVerdict::absent;
  }
  if (lacks_key(view)) {
    return ChecksumVerdict::unverifiable;
  }
  const Digest digest =
      message_digest(view.checksum_algorithm, view.checksum_key, view.slot_payload(slot), seq, length, flags);
  const bool same = stored.seq.load(std::memory_order_relaxed) == seq &&
                    stored.length.load(std::memory_order_relaxed) == length &&
                    is_digest(stored.digest, digest);
  return same ? ChecksumVerdict::matches : ChecksumVerdict::differs;
}

void store_zone_checksum(const BlockView<NativeEnv>& view, std::size_t zone,
                         std::span<const std::byte> bytes) {
  auto& stored = view.zone_checksums[zone];
  constexpr auto relaxed = std::memory_order_relaxed;
  // Whoever dies in between leaves no checksum, and not one that differs.
  stored.present.store(0, relaxed);
  NativeEnv::fence();
  const ChecksumAlgorithm algorithm = algorithm_of_zones(view);
  const std::uint64_t updates = stored.updates.load(relaxed) + 1;
  store_digest(stored.digest, digest_of(algorithm, view.checksum_key, bytes.data(),
                                        {updates, bytes.size(), Covered::kZone | zone}));
  stored.updates.store(updates, relaxed);
  stored.updated_ns.store(NativeEnv::realtime_ns(), relaxed);
  stored.algorithm.store(static_cast<std::uint32_t>(algorithm), relaxed);
  stored.present.store(1, std::memory_order_release);
}

ChecksumVerdict verify_zone_checksum(const BlockView<NativeEnv>& view, std::size_t zone,
                                     std::span<const std::byte> bytes) {
  const auto& stored = view.zone_checksums[zone];
  if (stored.present.load(std::memory_order_acquire) == 0) {
    return ChecksumVerdict::absent;
  }
  if (lacks_key(view)) {
    return ChecksumVerdict::unverifiable;
  }
  const std::uint64_t updates = stored.updates.load(std::memory_order_relaxed);
  const Digest digest = digest_of(algorithm_of_zones(view), view.checksum_key, bytes.data(),
                                  {updates, bytes.size(), Covered::kZone | zone});
  return is_digest(stored.digest, digest) ? ChecksumVerdict::matches : ChecksumVerdict::differs;
}

RangeDigest::RangeDigest() : state_(XXH3_createState()) {
  if (state_ == nullptr) {
    throw std::bad_alloc();
  }
  XXH3_64bits_reset(static_cast<XXH3_state_t*>(state_));
}

RangeDigest::~RangeDigest() {
  XXH3_freeState(static_cast<XXH3_state_t*>(state_));
}

void RangeDigest::update(const void* data, std::size_t size) {
  XXH3_64bits_update(static_cast<XXH3_state_t*>(state_), data, size);
}

std::uint64_t RangeDigest::value() const {
  return XXH3_64bits_digest(static_cast<XXH3_state_t*>(state_));
}

}  // namespace datablock
