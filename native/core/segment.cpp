#include "core/segment.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "core/checksum.hpp"
#include "core/secret.hpp"
#include "core/status.hpp"
#include "platform/linux/fork_guard.hpp"
#include "platform/linux/process_facts.hpp"
#include "platform/linux/time_namespace.hpp"

namespace datablock {
namespace {

bool is_block_name(const std::string& name) {
  return !name.empty() && name.size() <= 200 && name[0] != '.' &&
         name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
             std::string::npos;
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  double amount = static_cast<double>(bytes);
  while (amount >= 1024 && unit + 1 < std::size(kUnits)) {
    amount /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", amount, kUnits[unit]);
  return text;
}

Status status_of_errno(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Status::NO_SUCH_BLOCK;
    case EACCES:
    case EPERM:
    case EROFS:
      return Status::PERMISSION;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Status::NO_SPACE;
    case EEXIST:
      return Status::EXISTS;
    case ELOOP:
    case EISDIR:
    case ENXIO:
      return Status::NOT_A_BLOCK;
    default:
      return Status::SYSTEM;
  }
}

void reserve(int fd, std::uint64_t size, const std::string& dir) {
  // fallocate, not ftruncate: a full file system is an error now instead of a SIGBUS at some later touch.
  int error = EINTR;
  while (error == EINTR) {
    error = posix_fallocate(fd, 0, static_cast<off_t>(size));
  }
  if (error == ENOSPC || error == EFBIG || error == EDQUOT) {
    struct statvfs space {};
    std::string have;
    if (ftruncate(fd, 0) == 0 && statvfs(dir.c_str(), &space) == 0) {
      have = ", " + dir + " has " + human_bytes(space.f_bavail * space.f_frsize);
    }
    throw Error(Status::NO_SPACE, "It needs " + human_bytes(size) + have + ".", error);
  }
  if (error != 0) {
    throw_open_error("Reserving space failed.", error);
  }
}

/// A file in `dir` that has no name yet.
class UnnamedFile {
 public:
  explicit UnnamedFile(const std::string& dir)
      : fd_(open(dir.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)) {
    if (fd_) {
      return;
    }
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
      throw_open_error("Creating a file in " + dir + " failed.", errno);
    }
    temporary_ = dir + "/.datablock-XXXXXX";  // a leading dot: no block's name
    fd_ = FileDescriptor(mkostemp(temporary_.data(), O_CLOEXEC));
    if (!fd_) {
      throw_open_error("Creating a file in " + dir + " failed.", errno);
    }
  }
  UnnamedFile(const UnnamedFile&) = delete;
  UnnamedFile& operator=(const UnnamedFile&) = delete;
  ~UnnamedFile() {
    if (!temporary_.empty()) {
      unlink(temporary_.c_str());
    }
  }

  int fd() const { return fd_.get(); }

  /// link, never rename: an existing file is not replaced.
  FileDescriptor link_as(const std::string& path) {
    const std::string by_descriptor = "/proc/self/fd/" + std::to_string(fd_.get());
    const char* from = temporary_.empty() ? by_descriptor.c_str() : temporary_.c_str();
    if (linkat(AT_FDCWD, from, AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      throw_open_error(path, errno);
    }
    return std::move(fd_);
  }

 private:
  FileDescriptor fd_;
  std::string temporary_;
};

void identify(Header& header) {
  if (getrandom(header.instance.data(), header.instance.size(), 0) !=
      static_cast<ssize_t>(header.instance.size())) {
    throw Error(Status::SYSTEM, "getrandom failed.", errno);
  }
  header.boot_id = boot_id();
  header.creator = self_identity();
  std::strncpy(header.creator_version.data(), kToolVersion, header.creator_version.size() - 1);
  header.created_ns = NativeEnv::realtime_ns();
}

/// With the secret that it is made with.
BlockConfig with_secret(BlockConfig config) {
  config.secret = or_from_environment(config.secret);
  return config;
}

void write_initial_state(int fd, const Header& header, const ZoneTable& zones, std::string_view schema) {
  // A new file is all zero, and zero is right for every word but these.
  const Section& participants = section(header, SectionId::participants);
  Mapping map = map_file(fd, 0, section(header, SectionId::states).offset, true, false);
  auto* entries = reinterpret_cast<Participant<NativeEnv>*>(map.data() + participants.offset);
  for (std::uint32_t i = 0; i < header.max_participants; ++i) {
    entries[i].hold.store(kNoHold, std::memory_order_relaxed);
    entries[i].pin.store(kNoPin, std::memory_order_relaxed);
  }
  std::memcpy(map.data() + section(header, SectionId::zone_table).offset, zones.data(),
              zones.size() * sizeof(ZoneEntry));
  std::memcpy(map.data() + section(header, SectionId::schema).offset, schema.data(), schema.size());
  std::memcpy(map.data(), &header, sizeof header);
}

}  // namespace

const char* const kToolVersion = DATABLOCK_VERSION;

void throw_open_error(const std::string& what, int os_error) {
  throw Error(status_of_errno(os_error), what, os_error);
}

bool read_at(int fd, void* buffer, std::size_t size, std::uint64_t offset) {
  auto* out = static_cast<char*>(buffer);
  while (size > 0) {
    const ssize_t got = pread(fd, out, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return false;
    }
    out += got;
    size -= static_cast<std::size_t>(got);
    offset += static_cast<std::uint64_t>(got);
  }
  return true;
}

void read_header(SegmentFile& file, std::uint64_t size) {
  file.zones.resize(kMaxZones);
  const std::size_t table_size = kMaxZones * sizeof(ZoneEntry);
  const bool has_magic = size >= kMagic.size() &&
                         read_at(file.fd.get(), file.header.magic.data(), kMagic.size(), 0) &&
                         file.header.magic == kMagic;
  if (!has_magic) {
    throw Error(Status::NOT_A_BLOCK, file.path);
  }
  // pread, never map first: a short file would be a SIGBUS.
  if (!read_at(file.fd.get(), &file.header, sizeof file.header, 0) ||
      !read_at(file.fd.get(), file.zones.data(), table_size, kHeaderSize)) {
    throw Error(Status::TRUNCATED, "It has " + std::to_string(size) + " bytes, not even a whole header.");
  }
  // What is no layout of ours says nothing of a schema; check_header() tells what it is.
  const std::uint32_t length =
      file.header.fingerprint == layout_fingerprint() ? file.header.schema_length : 0;
  file.schema.resize(std::min<std::size_t>(length, kMaxSchemaText));
  if (!read_at(file.fd.get(), file.schema.data(), file.schema.size(), kSchemaOffset)) {
    throw Error(Status::TRUNCATED, "It has " + std::to_string(size) + " bytes, not even a whole header.");
  }
  check_header(file.header, file.zones, file.schema, size);
}

std::string segment_directory(const std::string& dir) {
  if (!dir.empty()) {
    return dir;
  }
  const char* configured = std::getenv("DATABLOCK_DIR");
  return configured != nullptr && *configured != '\0' ? configured : "/dev/shm";
}

std::string segment_path(const std::string& name, const std::string& dir) {
  if (!is_block_name(name)) {
    throw Error(Status::NAME_INVALID, "(got \"" + name.substr(0, 60) + "\")");
  }
  return segment_directory(dir) + "/" + name;
}

SegmentFile create_segment(const std::string& name, const std::string& dir, const BlockConfig& given) {
  const BlockConfig config = with_secret(given);
  const std::string path = segment_path(name, dir);
  const std::string directory = segment_directory(dir);
  ZoneTable zones;
  Header header = plan_layout(config, zones);
  const bool can_fence = process_fence_is_available();
  if (config.fences == Fences::asymmetric && !can_fence) {
    throw Error(Status::FENCES_UNAVAILABLE);
  }
  header.fences = config.fences.value_or(can_fence ? Fences::asymmetric : Fences::real);
  identify(header);
  if (config.secret) {
    seal_header(header, zones, config.schema, *config.secret);
  }
  header.digest = header_digest(header, zones, config.schema);

  if (faccessat(AT_FDCWD, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
    throw Error(Status::EXISTS,
                path + ".");  // before gigabytes are reserved for nothing; link_as() is the real check
  }
  UnnamedFile file(directory);
  reserve(file.fd(), header.total_size, directory);
  write_initial_state(file.fd(), header, zones, config.schema);
  if (config.gid && fchown(file.fd(), static_cast<uid_t>(-1), *config.gid) != 0) {
    throw_open_error("Giving the file to group " + std::to_string(*config.gid) + " failed.", errno);
  }
  if (fchmod(file.fd(), config.mode) != 0) {  // the mode of open() obeys umask
    throw_open_error("fchmod failed.", errno);
  }
  return {name, path, file.link_as(path), header, std::move(zones), config.schema, nullptr};
}

SegmentFile open_or_create_segment(const std::string& name, const std::string& dir, const BlockConfig& given,
                                   bool& created) {
  const BlockConfig config = with_secret(given);
  constexpr int kAttempts = 4;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    try {
      created = true;
      return create_segment(name, dir, config);
    } catch (const Error& error) {
      if (error.status() != Status::EXISTS) {
        throw;
      }
    }
    try {
      created = false;
      SegmentFile file = open_segment(name, dir, true);
      std::string found;
      for (const std::string& difference : differences(file.header, file.zones, file.schema, config)) {
        found += (found.empty() ? "" : "; ") + difference;
      }
      if (!found.empty()) {
        throw Error(Status::CONFIG_DIFFERS, found);
      }
      require_secret(file.header, file.zones, file.schema, config.secret);
      return file;
    } catch (const Error& error) {
      if (error.status() != Status::NO_SUCH_BLOCK) {  // removed between the two steps: start over
        throw;
      }
    }
  }
  throw Error(Status::RECREATED, "Others keep removing it.");
}

std::vector<std::string> block_names(const std::string& dir) {
  const std::string directory = segment_directory(dir);
  std::vector<std::string> names;
  try {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      std::error_code gone_meanwhile;
      std::string name = entry.path().filename().string();
      if (is_block_name(name) &&
          entry.symlink_status(gone_meanwhile).type() == std::filesystem::file_type::regular) {
        names.push_back(std::move(name));
      }
    }
  } catch (const std::filesystem::filesystem_error& error) {
    const int code = error.code().value();
    throw Error(code == EACCES ? Status::PERMISSION : Status::IO, directory, code);
  }
  std::ranges::sort(names);
  return names;
}

SegmentFile open_segment(const std::string& name, const std::string& dir, bool writable) {
  adopt_time_namespace();
  SegmentFile file;
  file.name = name;
  file.path = segment_path(name, dir);
  // Never O_CREAT; O_NONBLOCK so that a FIFO of that name does not hang us; O_NOFOLLOW: a link is no block.
  file.fd = FileDescriptor(
      open(file.path.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.fd) {
    throw_open_error(file.path, errno);
  }
  struct stat facts {};
  if (fstat(file.fd.get(), &facts) != 0) {
    throw_open_error(file.path, errno);
  }
  if (!S_ISREG(facts.st_mode)) {
    throw Error(Status::NOT_A_BLOCK, file.path + " is not a regular file.");
  }
  read_header(file, static_cast<std::uint64_t>(facts.st_size));
  return file;
}

MappedSegment::MappedSegment(const SegmentFile& file, Access access, bool populate) {
  const Header& header = file.header;
  const auto offset_of = [&](SectionId id) { return section(header, id).offset; };
  const bool observes = access == Access::observer || access == Access::observer_payload;
  const bool writes_states = access == Access::producer || access == Access::recovery;
  const int fd = file.fd.get();

  const std::uint64_t shared = offset_of(SectionId::control);
  const std::uint64_t states = offset_of(SectionId::states);
  const std::uint64_t zones = offset_of(SectionId::zones);
  const std::uint64_t payload = offset_of(SectionId::payload);
  shared_ = map_file(fd, shared, states - shared, !observes, populate);
  states_ = map_file(fd, states, zones - states, writes_states, populate);
  if (access != Access::recovery) {
    zones_ = map_file(fd, zones, section(header, SectionId::zones).size, !observes, populate);
  }
  if (access != Access::recovery && access != Access::observer && access != Access::zone_user) {
    payload_ =
        map_file(fd, payload, section(header, SectionId::payload).size, access == Access::producer, populate);
  }

  const auto at = [](const Mapping& map, std::uint64_t start, std::uint64_t offset) {
    return map.data() + (offset - start);
  };
  view_.control = reinterpret_cast<Control<NativeEnv>*>(at(shared_, shared, offset_of(SectionId::control)));
  view_.metrics = reinterpret_cast<Metrics<NativeEnv>*>(at(shared_, shared, offset_of(SectionId::metrics)));
  view_.spinlocks =
      reinterpret_cast<Spinlock<NativeEnv>*>(at(shared_, shared, offset_of(SectionId::spinlocks)));
  view_.participants =
      reinterpret_cast<Participant<NativeEnv>*>(at(shared_, shared, offset_of(SectionId::participants)));
  view_.waiters =
      reinterpret_cast<std::atomic<std::uint32_t>*>(at(shared_, shared, offset_of(SectionId::waiters)));
  view_.recorder =
      reinterpret_cast<RecorderEntry<NativeEnv>*>(at(shared_, shared, offset_of(SectionId::recorder)));
  view_.zone_checksums =
      reinterpret_cast<ZoneChecksum<NativeEnv>*>(at(shared_, shared, offset_of(SectionId::zone_checksums)));
  view_.states = reinterpret_cast<SlotState<NativeEnv>*>(at(states_, states, states));
  if (header.checksum_algorithm != ChecksumAlgorithm::none) {
    view_.checksums =
        reinterpret_cast<SlotChecksum<NativeEnv>*>(at(states_, states, offset_of(SectionId::checksums)));
  }
  view_.payload = payload_.data();
  if (view_.checksums != nullptr && view_.payload != nullptr &&
      header.checksum_policy == ChecksumPolicy::enforced) {
    view_.mark_is_sound = is_mark_sound;
  }
  view_.spinlock_count = kSpinlocks;
  view_.slot_count = header.slot_count;
  view_.slot_size = header.slot_size;
  view_.stride = header.stride;
  view_.max_participants = header.max_participants;
  view_.max_sync = header.max_sync;
  view_.heal_after_ns = header.self_heal != 0 ? std::uint64_t{header.heal_after_ms} * 1'000'000 : 0;
  view_.producer_mode = header.producer_mode;
  view_.checksum_algorithm = header.checksum_algorithm;
  view_.checksum_policy = header.checksum_policy;
  view_.overflow_policy = header.overflow_policy;
  view_.fences = header.fences;
  view_.timestamps = header.timestamps != 0;
}

void unlink_segment(const std::string& name, const std::string& dir, const InstanceId& instance, bool force) {
  const std::string path = segment_path(name, dir);
  const ForkGuard guard;  // a child would keep all bytes, also of a block that we may not remove
  const FileDescriptor fd(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) {
    throw_open_error(path, errno);
  }
  if (instance != InstanceId{}) {
    Header header{};
    if (!read_at(fd.get(), &header, sizeof header, 0) || header.instance != instance) {
      throw Error(Status::RECREATED, "It is not the one that was asked for; it is left alone.");
    }
  }
  // The whole range at once: nobody is in, and nobody gets in before the name is gone. Whoever waits for a
  // byte finds the file without a name when it has won it, and starts over.
  if (!try_lock(fd.get(), kLockBase, kMaxParticipants + 1) && !force) {
    throw Error(Status::IN_USE);
  }
  const FileDescriptor again(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!again || !is_same_file(fd.get(), again.get())) {
    throw Error(Status::RECREATED, "It is not the one that was asked for; it is left alone.");
  }
  if (unlink(path.c_str()) != 0) {
    throw_open_error(path, errno);
  }
}

InstanceId instance_from_hex(const std::string& text) {
  InstanceId instance{};
  if (text.size() != 2 * instance.size() || text.find_first_not_of("0123456789abcdef") != std::string::npos) {
    throw Error(Status::CONFIG_INVALID, "An instance id is 32 hexadecimal digits.");
  }
  for (std::size_t i = 0; i < instance.size(); ++i) {
    instance[i] = static_cast<std::uint8_t>(std::stoul(text.substr(2 * i, 2), nullptr, 16));
  }
  return instance;
}

}  // namespace datablock
