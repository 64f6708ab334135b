// A participant's seat: what native/core/attachment.cpp does with lock bytes and entries, over modelled
// locks. And the caretaker that a waiting participant asks.
#pragma once

#include "core/clean_up.hpp"
#include "core/membership.hpp"
#include "core/waiting.hpp"
#include "world/block.hpp"

namespace datablock::model {

class Seat final : public Caretaker {
 public:
  explicit Seat(std::uint8_t id) : id_(id) {}

  std::uint8_t id() const { return id_; }

  /// Wins the lock byte, cleans up after whoever had it, and writes the identity: Attachment::take_entry().
  bool take(Role role, std::uint8_t mode) {
    if (!machine().try_lock(id_)) {
      return false;
    }
    if (has_traces(view(), id_)) {
      CleanUp<ModelEnv>(view(), identity_, id_, RecorderEvidence::lock_byte_taken).run();
    }
    auto& me = entry();
    const std::uint64_t generation = EntryWord{me.word.load(std::memory_order_relaxed)}.generation() + 1;
    me.word.store(EntryWord::make(EntryState::joining, generation).raw, std::memory_order_seq_cst);
    me.role.store(static_cast<std::uint8_t>(role), std::memory_order_relaxed);
    me.mode.store(mode, std::memory_order_relaxed);
    me.standby.store(0, std::memory_order_relaxed);
    me.ended.store(0, std::memory_order_relaxed);
    return true;
  }

  void activate() {
    auto& me = entry();
    const std::uint64_t generation = EntryWord{me.word.load(std::memory_order_relaxed)}.generation();
    me.word.store(EntryWord::make(EntryState::active, generation).raw, std::memory_order_release);
  }

  /// Attachment::leave().
  void leave() {
    auto& me = entry();
    const std::uint64_t generation = EntryWord{me.word.load(std::memory_order_relaxed)}.generation();
    me.word.store(EntryWord::make(EntryState::leaving, generation).raw, std::memory_order_seq_cst);
    for_each_spinlock_of(
        view(), id_, [this](unsigned index, SpinlockWord word) { abandon_spinlock(view(), index, word); });
    leave_lossy(view(), id_);
    leave_sync(view(), id_);
    free_entry(view(), id_);
    machine().unlock(id_);
  }

  /// Attachment::heal(). With id 0 the seat is a recoverer's, who takes part in nothing else.
  bool heal(std::uint8_t id) override {
    if (!machine().try_lock(id)) {
      return false;
    }
    const bool found = has_traces(view(), id);
    if (found) {
      CleanUp<ModelEnv>(view(), identity_, id, RecorderEvidence::lock_byte_taken).run();
    }
    machine().unlock(id);
    return found;
  }

  void heal_all() {
    for (unsigned id = 1; id <= view().max_participants; ++id) {
      if (id != id_ && has_traces(view(), static_cast<std::uint8_t>(id))) {
        heal(static_cast<std::uint8_t>(id));
      }
    }
  }

  Status check_self() override { return Status::OK; }

  const View& view() const { return block().view(); }
  Participant<ModelEnv>& entry() const { return view().participant(id_); }
  Participant<ModelEnv>& entry_of(std::uint8_t id) const { return view().participant(id); }
  const ProcessIdentity& identity() const { return identity_; }

 private:
  std::uint8_t id_;
  ProcessIdentity identity_{.pid = 1, .uid = 0, .start_time = 1, .pid_namespace = 1};
};

}  // namespace datablock::model
