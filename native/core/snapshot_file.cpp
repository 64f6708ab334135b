#include "core/snapshot_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <type_traits>
#include <vector>

#include "core/checksum.hpp"
#include "core/deadline.hpp"
#include "core/printable.hpp"
#include "core/status.hpp"

namespace datablock {
namespace {

constexpr std::array<char, 8> kSnapshotMagic = {'D', 'B', 'S', 'N', 'A', 'P', '2', '\n'};

static_assert(std::is_trivially_copyable_v<Recording>, "written and read as bytes");

std::int8_t pack(const std::optional<bool>& flag) {
  return static_cast<std::int8_t>(flag ? (*flag ? 1 : 0) : -1);
}

std::optional<bool> unpack(std::int8_t flag) {
  return flag < 0 ? std::nullopt : std::optional<bool>(flag != 0);
}

/// A new file that is removed again unless it is kept.
class NewFile {
 public:
  explicit NewFile(const std::string& path)
      : path_(path), fd_(open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600)) {
    if (!fd_) {
      throw_open_error(path, errno);
    }
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (!kept_) {
      unlink(path_.c_str());
    }
  }

  void write_at(const void* data, std::size_t size, std::uint64_t offset) {
    const auto* bytes = static_cast<const char*>(data);
    while (size > 0) {
      const ssize_t put = pwrite(fd_.get(), bytes, size, static_cast<off_t>(offset));
      if (put < 0 && errno == EINTR) {
        continue;
      }
      if (put <= 0) {
        throw Error(errno == ENOSPC || errno == EDQUOT ? Status::NO_SPACE : Status::IO, path_, errno);
      }
      bytes += put;
      size -= static_cast<std::size_t>(put);
      offset += static_cast<std::uint64_t>(put);
    }
  }
  void keep() { kept_ = true; }

 private:
  std::string path_;
  FileDescriptor fd_;
  bool kept_ = false;
};

void copy_range(const SegmentFile& file, NewFile& to, std::uint64_t start, std::uint64_t end) {
  std::vector<std::byte> buffer(1 << 20);
  while (start < end) {
    const std::size_t size = std::min<std::uint64_t>(buffer.size(), end - start);
    if (!read_at(file.fd.get(), buffer.data(), size, start)) {
      throw Error(Status::TRUNCATED, file.path);
    }
    to.write_at(buffer.data(), size, start);
    start += size;
  }
}

/// Who is in, and who of them is dead. As long as that stays the same, the words of the dead do, too.
class RollCall {
 public:
  RollCall(const SegmentFile& file, const View& view) {
    for (unsigned id = 1; id <= view.max_participants; ++id) {
      const auto one = static_cast<std::uint8_t>(id);
      entries_[id] = view.participant(one).word.load(std::memory_order_seq_cst);
      is_dead_[id] = is_lock_held(file, one) == false;
    }
  }
  bool operator==(const RollCall&) const = default;

 private:
  std::array<std::uint64_t, kMaxParticipants + 1> entries_{};
  std::array<bool, kMaxParticipants + 1> is_dead_{};
};

/// Where participants come and go without end, a copy has to do after so many of them and so long.
constexpr int kManyCopies = 16;
constexpr std::int64_t kPatienceMs = 1'000;

}  // namespace

Recording Recording::of(const SegmentFile& file, const View& view, bool with_payload) {
  Recording recording;
  const Moment now = moment_of(file);
  recording.realtime_ns_ = now.realtime_ns;
  recording.monotonic_ns_ = now.monotonic_ns;
  recording.has_payload_ = with_payload ? 1 : 0;
  for (unsigned id = 1; id <= view.max_participants; ++id) {
    const Testimony testimony = testify(file, view, static_cast<std::uint8_t>(id));
    const Evidence& evidence = testimony.evidence;
    Entry& entry = recording.entries_[id];
    entry.verdict = static_cast<std::uint8_t>(testimony.verdict);
    entry.doubt = static_cast<std::uint8_t>(testimony.doubt);
    entry.lock_held = pack(evidence.lock_held);
    entry.same_boot = pack(evidence.same_boot);
    entry.same_pid_namespace = pack(evidence.same_pid_namespace);
    entry.same_start_time = pack(evidence.same_start_time);
    entry.frozen = -1;
    if (evidence.process) {
      entry.frozen = pack(evidence.process->frozen);
      entry.process_state = evidence.process->state;
      entry.process_start_time = evidence.process->start_time;
      evidence.process->name.copy(entry.process_name.data(), entry.process_name.size() - 1);
    }
    entry.has_heartbeat = evidence.heartbeat_age_ns ? 1 : 0;
    entry.heartbeat_age_ns = evidence.heartbeat_age_ns.value_or(0);
    if (testimony.cleaner) {
      entry.has_cleaner = 1;
      entry.cleaner = testimony.cleaner->process;
      entry.cleaner_since_ns = testimony.cleaner->since_ns;
      entry.cleaner_verdict = static_cast<std::uint8_t>(testimony.cleaner->verdict);
    }
  }
  file.name.copy(recording.block_name_.data(), recording.block_name_.size() - 1);
  return recording;
}

void Recording::seal(std::uint64_t claim_at_end) {
  claim_at_end_ = claim_at_end;
  magic_ = kSnapshotMagic;
  digest_ = compute_digest();
}

std::string Recording::block_name() const {
  return printable({block_name_.data(), strnlen(block_name_.data(), block_name_.size())});
}

Testimony Recording::testimony(std::uint8_t id) const {
  const Entry& entry = entries_[std::min<std::size_t>(id, kMaxParticipants)];
  Testimony testimony;
  testimony.verdict = static_cast<Verdict>(std::min<std::uint8_t>(entry.verdict, 3));
  testimony.doubt = static_cast<Doubt>(std::min<std::uint8_t>(entry.doubt, 3));
  Evidence& evidence = testimony.evidence;
  evidence.lock_held = unpack(entry.lock_held);
  evidence.same_boot = entry.same_boot != 0;
  evidence.same_pid_namespace = unpack(entry.same_pid_namespace);
  evidence.same_start_time = unpack(entry.same_start_time);
  if (entry.process_state != 0) {
    evidence.process =
        ProcessFacts{.state = printable({entry.process_state})[0],
                     .start_time = entry.process_start_time,
                     .name = printable({entry.process_name.data(),
                                        strnlen(entry.process_name.data(), entry.process_name.size())}),
                     .frozen = unpack(entry.frozen)};
  }
  if (entry.has_heartbeat != 0) {
    evidence.heartbeat_age_ns = entry.heartbeat_age_ns;
  }
  if (entry.has_cleaner != 0) {
    testimony.cleaner = {.process = entry.cleaner,
                         .since_ns = entry.cleaner_since_ns,
                         .verdict = static_cast<Verdict>(std::min<std::uint8_t>(entry.cleaner_verdict, 3))};
  }
  return testimony;
}

std::uint64_t Recording::compute_digest() const {
  RangeDigest digest;
  digest.update(&realtime_ns_, sizeof realtime_ns_);
  digest.update(&monotonic_ns_, sizeof monotonic_ns_);
  digest.update(&has_payload_, sizeof has_payload_);
  digest.update(&claim_at_end_, sizeof claim_at_end_);
  digest.update(block_name_.data(), sizeof block_name_);
  digest.update(entries_.data(), sizeof entries_);
  return digest.value();
}

bool Recording::is_intact() const {
  return magic_ == kSnapshotMagic && digest_ == compute_digest();
}

void write_snapshot(const SegmentFile& file, const View& view, const std::string& path, bool with_payload) {
  NewFile out(path);
  // Zones are data as well.
  const std::uint64_t data = section(file.header, SectionId::zones).offset;
  // Until nobody came, went or died between the words and what is told of those who wrote them: else one who
  // has just left would be dead, with a slot in hand that it had finished.
  Recording recording;
  Deadline<NativeEnv> patience(kPatienceMs);
  for (int copies = 1;; ++copies) {
    const RollCall before(file, view);
    copy_range(file, out, 0, data);
    recording = Recording::of(file, view, with_payload);
    const bool is_late = patience.has_passed() && copies >= kManyCopies;
    if (before == RollCall(file, view) || is_late) {
      break;
    }
  }
  if (with_payload) {
    copy_range(file, out, data, file.header.total_size);
  }
  recording.seal(view.control->claim.load(std::memory_order_seq_cst));
  out.write_at(&recording, sizeof recording, file.header.total_size);
  out.keep();
}

SegmentFile open_snapshot(const std::string& path) {
  SegmentFile file;
  file.path = path;
  file.fd = FileDescriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.fd) {
    throw_open_error(path, errno);
  }
  struct stat facts {};
  Recording recording;
  const bool whole = fstat(file.fd.get(), &facts) == 0 && S_ISREG(facts.st_mode) &&
                     facts.st_size > static_cast<off_t>(sizeof recording) &&
                     read_at(file.fd.get(), static_cast<void*>(&recording), sizeof recording,
                             static_cast<std::uint64_t>(facts.st_size) - sizeof recording);
  if (!whole || !recording.is_intact()) {
    throw Error(Status::NOT_A_BLOCK, path + " is not a whole snapshot.");
  }
  file.name = recording.block_name();
  read_header(file, static_cast<std::uint64_t>(facts.st_size) - sizeof recording);
  file.recorded = std::make_shared<const Recording>(recording);
  return file;
}

}  // namespace datablock
