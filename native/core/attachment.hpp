// A participant's seat in a block: its lock byte, its entry, its mapping. Everything that a producer and a
// consumer have in common, and what a waiter may do for the others (clean up after the dead).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/segment.hpp"
#include "core/status.hpp"
#include "core/waiting.hpp"
#include "core/zone.hpp"
#include "platform/linux/fork_guard.hpp"
#include "platform/linux/process_facts.hpp"

namespace datablock {

/// How a participant attaches.
struct JoinOptions {
  std::string dir;   ///< directory of the block; default: DATABLOCK_DIR, else /dev/shm
  std::string name;  ///< shown to operators, at most 31 bytes; default: the process's command name
  std::string note;  ///< at most 63 bytes
  WaitStrategy wait = WaitStrategy::adaptive;
  bool populate = false;    ///< fault every page in now
  bool watch_name = false;  ///< waits end with RECREATED when the block's name is removed
  Secret secret = {};       ///< of the block; default: the environment's (core/secret.hpp)
  /// Canonical text of the records that are to be written or read (core/schema.hpp). Empty: bytes, whatever
  /// they are.
  std::string schema;
  SchemaMatch schema_match = SchemaMatch::exact;  ///< a producer's is exact
};

class Attachment final : public Caretaker {
 public:
  /// Opens and maps the block, and takes an entry, in state JOINING. The caller joins and calls activate().
  /// `mode`: how a consumer reads; a producer's mode is the block's. Throws what open_segment() and
  /// require_schema() throws, SECRET_NEEDED, SECRET_WRONG, PARTICIPANTS_FULL (naming who is in),
  /// FENCES_UNAVAILABLE, PERMISSION.
  Attachment(const std::string& block, const JoinOptions& options, Role role,
             std::optional<ConsumerMode> mode);
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;
  /// Leaves, unless the process is a fork's child, which must not touch anything.
  ~Attachment() override;

  /// Takes the right to be the block's one producer, waiting `standby_ms` for it (-1 = for ever). False:
  /// somebody has it.
  bool take_producer_role(std::int64_t standby_ms);

  /// Cleans up after every participant that is dead: for a new producer, so that the stream goes on at once.
  void heal_all();
  void activate();
  /// Gives the entry back. The caller has settled its slots, published its hold, and cleared its bits.
  void leave();

  /// Tells observers that this participant is well. Never waits. OK; LOCK_LOST: the entry is not ours any
  /// more, somebody has cleaned up after us; CLOSED.
  Status heartbeat();
  /// A heartbeat that also asks the kernel whether the seat still is ours: one that fails is counted. OK,
  /// CLOSED, LOCK_LOST, RECREATED (when the name is watched).
  Status check_in();

  /// Ends a wait that another thread is in, with CLOSED, within 100 ms. The only call that any thread may
  /// make.
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }

  bool heal(std::uint8_t id) override;
  Status check_self() override;

  const View& view() const { return map_.view(); }
  /// Throws Error(NO_SUCH_ZONE).
  Zone zone(std::string_view name) const { return Zone(file_, map_, name); }
  const SegmentFile& file() const { return file_; }
  std::uint8_t id() const { return id_; }
  Participant<NativeEnv>& entry() const { return view().participant(id_); }
  /// What messages carry as their writer: id, and the low bits of the entry's generation.
  std::uint32_t writer_tag() const { return writer_tag_; }
  /// False after leave(), and for ever in the child of a fork.
  bool is_usable() const { return usable_.load(std::memory_order_relaxed); }

  /// Called in the child of a fork: drops the lock descriptor without unlocking, and poisons the handle.
  void abandon_after_fork();

 private:
  bool take_entry(const JoinOptions& options, Role role, std::optional<ConsumerMode> mode);
  void write_identity(const JoinOptions& options, Role role, std::optional<ConsumerMode> mode);
  bool has_free_entry() const;
  void anchor_lock();
  [[noreturn]] void refuse_full() const;

  /// In the list of those that a fork's child must let go of, from before there is a lock until after.
  class Registration {
   public:
    explicit Registration(Attachment* attachment);
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    ~Registration();

   private:
    Attachment* attachment_;
  };

  SegmentFile file_;  ///< for mapping, probing and opening anew; never locked through
  FileIdentity
      identity_;  ///< of that file: its descriptor may be closed by others, and the number used again
  MappedSegment map_;
  FileDescriptor lock_;  ///< a description of its own, used for nothing but our locks
  Mapping anchor_;  ///< one page mapped through lock_: keeps our locks should somebody close all descriptors
  ProcessIdentity self_;
  bool maps_states_writable_;
  bool watch_name_;
  std::uint8_t id_ = kNobody;
  std::uint32_t writer_tag_ = 0;
  std::uint64_t active_word_ = 0;  ///< what our entry says while it is ours
  std::atomic<bool> usable_{false};
  std::atomic<bool> cancelled_{false};
  Registration registration_{this};
};

/// While it is held, nobody sits down in entry `id`: whoever was seen there is there, or has left.
class SeatLock {
 public:
  /// Waits `patience_ms` for whoever is sitting down there right now, or acts on who sits there.
  SeatLock(const SegmentFile& file, std::uint8_t id, std::int64_t patience_ms);
  bool is_held() const { return held_; }

 private:
  ForkGuard guard_;  ///< a child would keep the byte
  FileDescriptor fd_;
  bool held_ = false;
};

/// A dead participant's byte, held through a fresh description while its traces are looked at or removed.
class DeadParticipantLock {
 public:
  /// Tries to take the byte of `id`. is_held() is false when somebody holds it: a live participant, or
  /// another cleaner.
  DeadParticipantLock(const SegmentFile& file, std::uint8_t id);
  bool is_held() const { return held_; }
  /// The file that the byte is of. In another one than the caller's, everybody's byte may be free.
  FileIdentity file() const { return identity_of(fd_.get()); }

 private:
  FileDescriptor fd_;
  bool held_ = false;
};

}  // namespace datablock
