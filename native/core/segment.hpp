// Segment files: where they are, how they are made, opened, mapped and removed.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/block_view.hpp"
#include "core/geometry.hpp"
#include "core/hex.hpp"
#include "platform/linux/file.hpp"
#include "platform/linux/native_env.hpp"

namespace datablock {

/// Version of this library, as package.json has it.
extern const char* const kToolVersion;

using View = BlockView<NativeEnv>;
using InstanceId = std::array<std::uint8_t, 16>;

/// `dir`, else the environment's DATABLOCK_DIR, else /dev/shm.
std::string segment_directory(const std::string& dir = {});

/// Path of a block's file. Throws Error(NAME_INVALID).
std::string segment_path(const std::string& name, const std::string& dir = {});

class Recording;

/// An open segment file and a checked copy of its header, its zones and its schema. What others scribble into
/// the header later is not looked at.
struct SegmentFile {
  std::string name;
  std::string path;
  FileDescriptor fd;
  Header header;
  ZoneTable zones;
  std::string schema;                         ///< canonical text (core/schema.hpp); empty: none
  std::shared_ptr<const Recording> recorded;  ///< set for a snapshot file: who lived when it was taken
};

/// pread of exactly `size` bytes; false at the end of the file.
bool read_at(int fd, void* buffer, std::size_t size, std::uint64_t offset);

/// Reads and checks header, zone table and schema of a segment of `size` bytes that begins where file.fd
/// does.
void read_header(SegmentFile& file, std::uint64_t size);

/// What errno of a failed open or create means. Throws.
[[noreturn]] void throw_open_error(const std::string& what, int os_error);

/// Makes a block under `name`. It is whole before it has a name, and never replaces a file.
/// Throws CONFIG_INVALID, SCHEMA_INVALID, NAME_INVALID, EXISTS, NO_SPACE (with need and have), PERMISSION,
/// FENCES_UNAVAILABLE.
SegmentFile create_segment(const std::string& name, const std::string& dir, const BlockConfig& config);

/// A block of that configuration: the one that is there, or a new one (`created`). Throws what
/// create_segment() and open_segment() throw; CONFIG_DIFFERS, with every difference, instead of EXISTS.
SegmentFile open_or_create_segment(const std::string& name, const std::string& dir, const BlockConfig& config,
                                   bool& created);

/// Names of the regular files that may be blocks, sorted. Throws PERMISSION, IO.
std::vector<std::string> block_names(const std::string& dir);

/// Opens and checks a block without mapping it. Throws NO_SUCH_BLOCK, PERMISSION, NAME_INVALID, and what
/// check_header() throws.
SegmentFile open_segment(const std::string& name, const std::string& dir, bool writable);

/// Which sections are mapped, and how.
enum class Access {
  observer,          ///< everything but the payload, read-only
  observer_payload,  ///< everything, read-only
  producer,          ///< everything, writable
  consumer,          ///< states, checksums and payload read-only
  zone_user,         ///< states read-only, no payload
  recovery,          ///< shared words and states writable, no payload
};

/// The mapped sections of a segment, and the protocol's view of them.
class MappedSegment {
 public:
  MappedSegment() = default;
  MappedSegment(const SegmentFile& file, Access access, bool populate);

  const View& view() const { return view_; }
  /// Keyed checksums are made and checked with `key` (message_key()) from now on; null: they cannot be.
  void use_key(Secret key) {
    key_ = std::move(key);
    view_.checksum_key = key_ ? key_->bytes().data() : nullptr;
  }
  const Secret& key() const { return key_; }
  /// The payload ring, empty where it is not mapped.
  std::byte* payload() const { return view_.payload; }
  /// All zones, empty where they are not mapped: in recovery, and of a block that has none.
  std::span<std::byte> zones() const { return {zones_.data(), zones_.size()}; }

 private:
  Mapping shared_;
  Mapping states_;
  Mapping zones_;
  Mapping payload_;
  Secret key_;
  View view_;
};

/// Removes the name, if the block there still is `instance` and nobody is attached; with `force` also if
/// somebody is. Throws NO_SUCH_BLOCK, RECREATED, IN_USE, PERMISSION. A damaged block can be removed too, by
/// an all-zero instance.
void unlink_segment(const std::string& name, const std::string& dir, const InstanceId& instance, bool force);

/// Throws Error(CONFIG_INVALID) unless `text` is 32 hexadecimal digits.
InstanceId instance_from_hex(const std::string& text);

}  // namespace datablock
