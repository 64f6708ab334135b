// Sizes and offsets: from a wished configuration to a header, and from a header back to numbers that can be
// trusted. Everything is computed with overflow checks, and checked against the file's size, before any
// pointer is made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/layout.hpp"
#include "core/secret_bytes.hpp"

namespace datablock {

/// A named area for the users' own purposes.
struct ZoneConfig {
  std::string name;        ///< at most 47 bytes
  std::uint64_t size = 0;  ///< bytes
};

/// What a block is created with; fixed for its life.
struct BlockConfig {
  std::uint64_t slot_count = 0;                       ///< 1 to 2^31
  std::uint64_t slot_size = 0;                        ///< payload capacity, bytes
  ProducerMode producer_mode = ProducerMode::single;  ///< one producer at a time, or several
  std::uint32_t max_participants = kMaxParticipants;  ///< producers and consumers together, 1 to 64
  std::optional<std::uint32_t> max_sync = {};         ///< sync consumers; default: max_participants
  ChecksumAlgorithm checksum_algorithm = ChecksumAlgorithm::none;
  ChecksumPolicy checksum_policy = ChecksumPolicy::enforced;
  OverflowPolicy overflow_policy = OverflowPolicy::wait;  ///< when a sync consumer is a whole ring behind
  bool self_heal = true;                                  ///< who waits on a dead peer cleans up after it ...
  std::uint32_t heal_after_ms = 100;                      ///< ... after having waited that long
  std::optional<Fences> fences = {};                      ///< default: asymmetric where the kernel can
  bool timestamps = false;                                ///< commit times in each slot
  std::vector<ZoneConfig> zones = {};                     ///< at most 64
  std::string schema = {};                                ///< canonical text (core/schema.hpp); empty: none
  /// Whoever wants to take part in the block needs it; blake2b_keyed makes its checksums with it. Default:
  /// the environment's (core/secret.hpp), else none.
  Secret secret = {};
  std::uint32_t mode = 0600;              ///< permissions of the file
  std::optional<std::uint32_t> gid = {};  ///< group of the file
};

using ZoneTable = std::vector<ZoneEntry>;  // kMaxZones entries, as in the file

/// Lays a block out. Fills in everything but instance, boot id, creator, creation time and digest.
/// Throws Error(CONFIG_INVALID) naming the option and its limits; SCHEMA_INVALID.
Header plan_layout(const BlockConfig& config, ZoneTable& zones);

std::uint64_t header_digest(const Header& header, const ZoneTable& zones, std::string_view schema);

/// Is this a header that this build can use, of a file of `file_size` bytes? Throws NOT_A_BLOCK,
/// FUTURE_VERSION, LAYOUT_MISMATCH, HEADER_CORRUPT, HEADER_INCONSISTENT or TRUNCATED, checked in that order.
void check_header(const Header& header, const ZoneTable& zones, std::string_view schema,
                  std::uint64_t file_size);

/// "field: is A, asked for B" for everything in which an existing block differs from a wished configuration.
std::vector<std::string> differences(const Header& header, const ZoneTable& zones, std::string_view schema,
                                     const BlockConfig& wished);

inline const Section& section(const Header& header, SectionId id) {
  return header.sections[static_cast<std::size_t>(id)];
}

const char* to_string(ProducerMode mode);
const char* to_string(ConsumerMode mode);
const char* to_string(ChecksumAlgorithm algorithm);
const char* to_string(ChecksumPolicy policy);
const char* to_string(OverflowPolicy policy);
const char* to_string(Fences fences);

}  // namespace datablock
