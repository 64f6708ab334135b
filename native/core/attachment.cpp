#include "core/attachment.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <optional>
#include <vector>

#include "core/clean_up.hpp"
#include "core/entry_text.hpp"
#include "core/error_metrics.hpp"
#include "core/secret.hpp"

namespace datablock {
namespace {

/// All attachments of this process, so that the child of a fork can let go of them.
class ProcessRegistry {
 public:
  static ProcessRegistry& instance() {
    static auto* registry = new ProcessRegistry;  // never destroyed: exit handlers may still leave blocks
    return *registry;
  }
  void add(Attachment* attachment) {
    const std::lock_guard lock(mutex_);
    attachments_.push_back(attachment);
  }
  void remove(Attachment* attachment) {
    const std::lock_guard lock(mutex_);
    std::erase(attachments_, attachment);
  }

 private:
  ProcessRegistry() {
    pthread_atfork([] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
                   [] {
                     for (Attachment* attachment : instance().attachments_) {
                       attachment->abandon_after_fork();
                     }
                     instance().attachments_.clear();
                     instance().mutex_.unlock();
                   });
  }

  std::mutex mutex_;
  std::vector<Attachment*> attachments_;
};

/// While the program starts: a fork that has begun before the handlers are there runs without them.
[[maybe_unused]] const ProcessRegistry& at_start = ProcessRegistry::instance();

Access access_of(Role role) {
  switch (role) {
    case Role::producer:
      return Access::producer;
    case Role::zone_user:
      return Access::zone_user;
    case Role::consumer:
    case Role::none:
      break;
  }
  return Access::consumer;
}

/// What an entry says of how its participant works.
std::uint8_t mode_of(Role role, std::optional<ConsumerMode> mode, ProducerMode producers) {
  if (mode) {
    return static_cast<std::uint8_t>(*mode);
  }
  return role == Role::producer ? static_cast<std::uint8_t>(producers) : 0;
}

}  // namespace

Attachment::Attachment(const std::string& block, const JoinOptions& options, Role role,
                       std::optional<ConsumerMode> mode)
    : self_(self_identity()), maps_states_writable_(role == Role::producer), watch_name_(options.watch_name) {
  const Secret secret = or_from_environment(options.secret);
  // Twice: the name may be taken from the file between our open and our lock.
  for (int attempt = 0;; ++attempt) {
    file_ = open_segment(block, options.dir, true);
    require_secret(file_.header, file_.zones, file_.schema, secret);
    require_schema(file_.schema, options.schema,
                   role == Role::producer ? SchemaMatch::exact : options.schema_match);
    const bool plain_stores =
        file_.header.fences == Fences::asymmetric && file_.header.producer_mode == ProducerMode::single;
    if (plain_stores && (!process_fence_is_available() || !register_for_process_fences())) {
      throw Error(Status::FENCES_UNAVAILABLE);
    }
    identity_ = identity_of(file_.fd.get());
    {
      const ForkGuard guard;  // a child finds the descriptor in lock_, or not at all
      lock_ = reopen(file_.fd.get(), file_.path.c_str(), O_RDWR);
    }
    map_ = MappedSegment(file_, access_of(role), options.populate);
    if (file_.header.checksum_algorithm == ChecksumAlgorithm::blake2b_keyed) {
      map_.use_key(message_key(file_.header, *secret));
    }
    if (take_entry(options, role, mode)) {
      break;
    }
    if (attempt == 3) {
      throw Error(Status::RECREATED);
    }
  }
  anchor_lock();
  usable_.store(true, std::memory_order_relaxed);
}

Attachment::Registration::Registration(Attachment* attachment) : attachment_(attachment) {
  ProcessRegistry::instance().add(attachment);
}

Attachment::Registration::~Registration() {
  ProcessRegistry::instance().remove(attachment_);
}

Attachment::~Attachment() {
  if (is_usable()) {
    leave();
  }
}

/// False: the file lost its name meanwhile, start over.
bool Attachment::take_entry(const JoinOptions& options, Role role, std::optional<ConsumerMode> mode) {
  Deadline<NativeEnv> patience(1000);
  for (int round = 0; round < 2 || (has_free_entry() && !patience.has_passed()); ++round) {
    for (unsigned candidate = 1; candidate <= view().max_participants; ++candidate) {
      if (!try_lock(lock_.get(), kLockBase + candidate, 1)) {
        continue;
      }
      struct stat facts {};
      if (fstat(file_.fd.get(), &facts) != 0 || facts.st_nlink == 0) {
        lock_.reset();
        return false;
      }
      id_ = static_cast<std::uint8_t>(candidate);
      if (has_traces(view(), id_)) {
        const std::optional<MappedSegment> writable =
            maps_states_writable_
                ? std::nullopt
                : std::optional<MappedSegment>(std::in_place, file_, Access::recovery, false);
        CleanUp<NativeEnv>(writable ? writable->view() : view(), self_, id_,
                           RecorderEvidence::lock_byte_taken)
            .run();
      }
      // An operator may be about to act on the one that it saw here: then this seat is not for us.
      if (!try_lock(lock_.get(), kSeatLockBase + candidate, 1)) {
        unlock(lock_.get(), kLockBase + candidate, 1);
        continue;
      }
      write_identity(options, role, mode);
      unlock(lock_.get(), kSeatLockBase + candidate, 1);
      return true;
    }
    NativeEnv::nap(2 * kNsPerMs);
  }
  refuse_full();
}

/// Then somebody has its byte in passing: to join, to clean up, or to remove the block, which takes all of
/// them.
bool Attachment::has_free_entry() const {
  for (unsigned id = 1; id <= view().max_participants; ++id) {
    const EntryWord word{
        view().participant(static_cast<std::uint8_t>(id)).word.load(std::memory_order_acquire)};
    if (word.state() == EntryState::free) {
      return true;
    }
  }
  return false;
}

void Attachment::write_identity(const JoinOptions& options, Role role, std::optional<ConsumerMode> mode) {
  auto& me = entry();
  constexpr auto relaxed = std::memory_order_relaxed;
  // Before JOINING: what is refused leaves no trace.
  const auto name = text_words(me.name, options.name.empty() ? self_name() : options.name, "name");
  const auto note = text_words(me.note, options.note, "note");
  const auto version = text_words(me.version, kToolVersion, "version");
  const std::uint64_t generation = EntryWord{me.word.load(relaxed)}.generation() + 1;
  me.cleaner.pid.store(0, relaxed);  // one that died just before it could take its name out
  // JOINING first: from here on whoever finds our byte free knows that there is something to clean up.
  me.word.store(EntryWord::make(EntryState::joining, generation).raw, std::memory_order_seq_cst);
  store_words(me.name, name);
  store_words(me.note, note);
  store_words(me.version, version);
  me.joined_ns.store(NativeEnv::realtime_ns(), relaxed);
  me.pid.store(self_.pid, relaxed);
  me.uid.store(self_.uid, relaxed);
  me.start_time.store(self_.start_time, relaxed);
  me.pid_namespace.store(self_.pid_namespace, relaxed);
  me.role.store(static_cast<std::uint8_t>(role), relaxed);
  me.mode.store(mode_of(role, mode, view().producer_mode), relaxed);
  me.standby.store(0, relaxed);
  me.ended.store(0, relaxed);
  for (auto* counter : {&me.messages, &me.bytes, &me.lost, &me.errors}) {
    counter->store(0, relaxed);
  }
  me.heartbeats.store(0, relaxed);
  me.heartbeat_ns.store(NativeEnv::coarse_now_ns(), relaxed);
  writer_tag_ = id_ | static_cast<std::uint32_t>(generation) << 8;
}

bool Attachment::take_producer_role(std::int64_t standby_ms) {
  auto& me = entry();
  Deadline<NativeEnv> deadline(standby_ms);
  while (!try_lock(lock_.get(), kLockBase, 1)) {
    if (deadline.has_passed() || NativeEnv::is_interrupted()) {
      return false;
    }
    me.standby.store(1, std::memory_order_relaxed);
    me.heartbeat_ns.store(NativeEnv::coarse_now_ns(), std::memory_order_relaxed);
    NativeEnv::nap(std::min(deadline.remaining_ns(), 20 * kNsPerMs));
  }
  me.standby.store(0, std::memory_order_relaxed);
  return true;
}

void Attachment::activate() {
  auto& me = entry();
  const std::uint64_t generation = EntryWord{me.word.load(std::memory_order_relaxed)}.generation();
  active_word_ = EntryWord::make(EntryState::active, generation).raw;
  // Release: whoever sees ACTIVE sees the identity.
  me.word.store(active_word_, std::memory_order_release);

  auto& peak = view().metrics->reader_peak;
  const std::uint64_t readers =
      static_cast<std::uint64_t>(__builtin_popcountll(view().control->sync.load(std::memory_order_relaxed) |
                                                      view().control->lossy.load(std::memory_order_relaxed)));
  std::uint64_t seen = peak.load(std::memory_order_relaxed);
  while (readers > seen && !peak.compare_exchange_weak(seen, readers, std::memory_order_relaxed)) {
  }
}

void Attachment::leave() {
  usable_.store(false, std::memory_order_relaxed);
  auto& me = entry();
  const std::uint64_t generation = EntryWord{me.word.load(std::memory_order_relaxed)}.generation();
  me.word.store(EntryWord::make(EntryState::leaving, generation).raw, std::memory_order_seq_cst);
  // Whoever leaves with a lock has not unlocked what it protects, so the next owner must be told.
  for_each_spinlock_of(view(), id_,
                       [this](unsigned index, SpinlockWord word) { abandon_spinlock(view(), index, word); });
  leave_lossy(view(), id_);
  leave_sync(view(), id_);
  free_entry(view(), id_);
  const ForkGuard guard;  // a child finds the descriptor in lock_, or not at all
  anchor_.reset();
  lock_.reset();  // the kernel drops our locks with the last reference to the description
}

Status Attachment::heartbeat() {
  if (!is_usable()) {
    return Status::CLOSED;
  }
  auto& me = entry();
  constexpr auto relaxed = std::memory_order_relaxed;
  // Never into somebody else's entry: a handle that has lost its lock byte does not learn it from the kernel
  // until it waits.
  if (me.word.load(relaxed) != active_word_) [[unlikely]] {
    view().metrics->heartbeats_failed.fetch_add(1, relaxed);
    return Status::LOCK_LOST;
  }
  me.heartbeat_ns.store(NativeEnv::coarse_now_ns(), relaxed);
  me.heartbeats.store(me.heartbeats.load(relaxed) + 1, relaxed);
  return Status::OK;
}

void Attachment::abandon_after_fork() {
  usable_.store(false, std::memory_order_relaxed);
  // Our copy of the descriptor shares the parent's description: as long as it is open, the parent could not
  // be seen to die. Closing it drops no lock, since the parent still has the description.
  lock_.reset();
  anchor_.forget();  // was not inherited: something else may come to lie there
}

void Attachment::heal_all() {
  for (unsigned id = 1; id <= view().max_participants; ++id) {
    if (id != id_ && has_traces(view(), static_cast<std::uint8_t>(id))) {
      heal(static_cast<std::uint8_t>(id));
    }
  }
}

bool Attachment::heal(std::uint8_t id) {
  try {
    const ForkGuard guard;  // a child would keep the dead one's byte
    const DeadParticipantLock lock(file_, id);
    if (!lock.is_held() || lock.file() != identity_ || !has_traces(view(), id)) {
      return false;
    }
    // A consumer maps the slot words read-only. A second mapping for this moment, not mprotect: other threads
    // read there.
    const std::optional<MappedSegment> writable =
        maps_states_writable_ ? std::nullopt
                              : std::optional<MappedSegment>(std::in_place, file_, Access::recovery, false);
    CleanUp<NativeEnv>(writable ? writable->view() : view(), self_, id, RecorderEvidence::lock_byte_taken)
        .run();
    return true;
  } catch (const std::exception&) {
    return false;  // no descriptors or no memory left, say: waiting goes on, and so do the other ways to heal
  }
}

Status Attachment::check_in() {
  if (!is_usable()) {
    return Status::CLOSED;
  }
  const Status status = check_self();
  if (status == Status::OK) {
    return heartbeat();
  }
  if (is_failure(status)) {
    view().metrics->heartbeats_failed.fetch_add(1, std::memory_order_relaxed);
  }
  return count_failure(view(), entry(), status);
}

Status Attachment::check_self() {
  if (cancelled_.load(std::memory_order_relaxed)) {
    return Status::CLOSED;
  }
  // Closed: the page that we have mapped keeps the lock. Another file's: our byte cannot be looked at any
  // more.
  const FileIdentity file = identity_of(file_.fd.get());
  if (file != FileIdentity{} &&
      (file != identity_ || probe_lock(file_.fd.get(), kLockBase + id_) == LockState::free)) {
    return Status::LOCK_LOST;
  }
  struct stat facts {};
  if (watch_name_ && fstat(file_.fd.get(), &facts) == 0 && facts.st_nlink == 0) {
    return Status::RECREATED;
  }
  return Status::OK;
}

void Attachment::anchor_lock() {
  // A mapping keeps the description, and so our locks, should the application close descriptors that are not
  // its own. DONTFORK: a child must not keep them. Any page will do; the header is read-only anyway.
  const ForkGuard guard;
  void* page = mmap(nullptr, kHeaderSize, PROT_READ, MAP_SHARED, lock_.get(), 0);
  if (page == MAP_FAILED || madvise(page, kHeaderSize, MADV_DONTFORK) != 0) {
    throw Error(Status::SYSTEM, "Mapping the lock page failed.", errno);
  }
  anchor_ = Mapping(page, kHeaderSize);
}

void Attachment::refuse_full() const {
  std::string who;
  for (unsigned id = 1; id <= view().max_participants; ++id) {
    const auto& other = view().participant(static_cast<std::uint8_t>(id));
    who += (who.empty() ? "" : ", ") + load_text(other.name) + " (pid " +
           std::to_string(other.pid.load(std::memory_order_relaxed)) + ")";
  }
  throw Error(Status::PARTICIPANTS_FULL, "In it are: " + who + ".");
}

SeatLock::SeatLock(const SegmentFile& file, std::uint8_t id, std::int64_t patience_ms)
    : fd_(reopen(file.fd.get(), file.path.c_str(), O_RDWR)) {
  Deadline<NativeEnv> patience(patience_ms);
  while (!(held_ = try_lock(fd_.get(), kSeatLockBase + id, 1)) && !patience.has_passed()) {
    NativeEnv::nap(kNsPerMs);
  }
}

DeadParticipantLock::DeadParticipantLock(const SegmentFile& file, std::uint8_t id)
    : fd_(reopen(file.fd.get(), file.path.c_str(), O_RDWR)), held_(try_lock(fd_.get(), kLockBase + id, 1)) {}

}  // namespace datablock
