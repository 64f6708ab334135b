#include "core/consumer.hpp"

#include <utility>

#include "core/error_metrics.hpp"
#include "core/membership.hpp"
#include "core/newest_message.hpp"

namespace datablock {

Consumer::Consumer(const std::string& block, const ConsumerOptions& options)
    : attachment_(block, options, Role::consumer, options.mode),
      view_(attachment_.view()),
      entry_(attachment_.entry()),
      mode_(options.mode),
      on_corrupt_(options.on_corrupt),
      checks_(view_.checksums != nullptr && view_.checksum_policy == ChecksumPolicy::enforced),
      lost_producers_at_join_(view_.control->lost_producers.load(std::memory_order_relaxed)) {
  join(options);
  attachment_.activate();
}

void Consumer::join(const ConsumerOptions& options) {
  const std::uint8_t id = attachment_.id();
  const auto oldest = [&] {
    const std::uint64_t claim = view_.control->claim.load(std::memory_order_seq_cst);
    return claim > view_.slot_count ? claim - view_.slot_count : 0;
  };
  switch (mode_) {
    case ConsumerMode::sync: {
      // At the head first, then the history by pins: so there is no seam.
      std::uint64_t start = 0;
      Status status = join_sync(view_, id, start);
      if (status == Status::SYNC_FORBIDDEN && view_.heal_after_ns != 0) {
        attachment_.heal_all();  // the dead count until somebody cleans up
        status = join_sync(view_, id, start);
      }
      if (status != Status::OK) {
        throw Error(status, "(" + std::to_string(view_.max_sync) + " are admitted)");
      }
      if (options.from == StartFrom::oldest && start > 0) {
        join_lossy(view_, id);
        history_end_ = start;
        history_.emplace(view_, id, attachment_, options.wait,
                         start > view_.slot_count ? start - view_.slot_count : 0);
      }
      reader_.emplace<Sync>(view_, id, attachment_, options.wait, start);
      break;
    }
    case ConsumerMode::sequential: {
      join_lossy(view_, id);
      const std::uint64_t start =
          options.from == StartFrom::oldest ? oldest() : view_.control->claim.load(std::memory_order_seq_cst);
      reader_.emplace<Sequential>(view_, id, attachment_, options.wait, start);
      break;
    }
    case ConsumerMode::latest:
      join_lossy(view_, id);
      reader_.emplace<Latest>(view_, id, attachment_, options.wait, oldest());
      break;
  }
}

Status Consumer::acquire_slowly(std::int64_t timeout_ms) {
  if (in_hand_ != 0 || !attachment_.is_usable()) [[unlikely]] {
    return attachment_.is_usable() ? Status::NESTED_USE : Status::CLOSED;
  }
  Deadline<NativeEnv> deadline(timeout_ms);
  Status status = acquire_undamaged(deadline);
  while (status == Status::CHECKSUM_MISMATCH && on_corrupt_ == OnCorrupt::skip) {
    // A whole ring of damaged messages is gone through, and no message is seen twice: this ends.
    status = acquire_undamaged(deadline);
  }
  if (status != Status::OK) [[unlikely]] {
    return status;
  }
  count(message_);
  if (!history_ && !checks_) {
    direct_ = std::get_if<Sync>(&reader_);
  }
  return Status::OK;
}

Status Consumer::acquire_undamaged(Deadline<NativeEnv>& deadline) {
  const Status status = history_ ? acquire_from_history(deadline) : acquire_from_reader(deadline);
  if (status != Status::OK) [[unlikely]] {
    if (status == Status::END_OF_STREAM) {
      declare_loss_at_end();
    }
    return note_error(status);
  }
  in_hand_ = 1;
  if (untold_loss_ != 0) [[unlikely]] {
    message_.lost += untold_loss_;
    untold_loss_ = 0;
  }
  if (checks_ && datablock::verify_checksum(view_, message_.slot, message_.seq, message_.length,
                                            message_.flags) != ChecksumVerdict::matches) {
    return reject_damaged();
  }
  return Status::OK;
}

Status Consumer::acquire_run(std::span<Message> messages, std::size_t& count, std::int64_t timeout_ms) {
  count = 0;
  if (messages.empty()) {
    return Status::CONFIG_INVALID;
  }
  if (const Status status = acquire(timeout_ms); status != Status::OK) {
    return status;
  }
  messages[count++] = message_;
  auto* sync = std::get_if<Sync>(&reader_);
  if (sync == nullptr || history_ || checks_) {
    return Status::OK;  // checked messages come one by one: a damaged one must not be in the middle of a run
  }
  while (count < messages.size() && sync->acquire_ready(messages[count])) {
    this->count(messages[count]);
    ++count;
  }
  in_hand_ = count;
  return Status::OK;
}

Status Consumer::release_slowly(std::size_t count) {
  if (count == 0 || count > in_hand_ || !attachment_.is_usable()) [[unlikely]] {
    return attachment_.is_usable() ? Status::NOTHING_IN_HAND : Status::CLOSED;
  }
  in_hand_ -= count;
  if (history_) [[unlikely]] {
    history_->release();
    return Status::OK;
  }
  if (auto* sync = std::get_if<Sync>(&reader_)) [[likely]] {
    return note_error(sync->release(count));
  }
  if (auto* sequential = std::get_if<Sequential>(&reader_)) {
    sequential->release();
  } else {
    std::get<Latest>(reader_).release();
  }
  return Status::OK;
}

Status Consumer::seek(std::uint64_t seq) {
  if (in_hand_ != 0 || !attachment_.is_usable()) {
    return attachment_.is_usable() ? Status::NESTED_USE : Status::CLOSED;
  }
  if (history_ && seq < history_end_) {
    return history_->seek(seq);
  }
  if (auto* sync = std::get_if<Sync>(&reader_)) {
    const Status status = sync->seek(seq);
    if (status == Status::OK && history_) {
      end_history();
    }
    return status;
  }
  auto* sequential = std::get_if<Sequential>(&reader_);
  return sequential != nullptr ? sequential->seek(seq) : Status::INVALID_ARGUMENT;
}

Status Consumer::seek_latest() {
  if (std::holds_alternative<Latest>(reader_)) {
    return in_hand_ == 0 ? Status::OK : Status::NESTED_USE;
  }
  const auto* sync = std::get_if<Sync>(&reader_);
  const std::uint64_t next = history_          ? history_->next()
                             : sync != nullptr ? sync->next()
                                               : std::get<Sequential>(reader_).next();
  return seek(newest_message(view_, next));
}

Status Consumer::validate(std::uint64_t generation) const {
  if (in_hand_ == 0 || !attachment_.is_usable()) {
    return attachment_.is_usable() ? Status::NOTHING_IN_HAND : Status::CLOSED;
  }
  if (generation != message_.generation) {
    return Status::INVALID_ARGUMENT;
  }
  const auto* sync = std::get_if<Sync>(&reader_);
  if (sync == nullptr || history_) {
    return Status::OK;  // a pinned slot's bytes stay
  }
  // The reads of the payload before the look at the hold: if they saw new bytes, it sees the eviction.
  NativeEnv::acquire_fence();
  return sync->is_evicted() ? Status::EVICTED : Status::OK;
}

Status Consumer::acquire_from_reader(Deadline<NativeEnv>& deadline) {
  if (auto* sync = std::get_if<Sync>(&reader_)) [[likely]] {
    return sync->acquire(deadline, message_);
  }
  if (auto* sequential = std::get_if<Sequential>(&reader_)) {
    return sequential->acquire(deadline, message_);
  }
  return std::get<Latest>(reader_).acquire(deadline, message_);
}

Status Consumer::acquire_from_history(Deadline<NativeEnv>& deadline) {
  const Status status = history_->acquire(deadline, message_, history_end_);
  if (status != Status::END_OF_STREAM || history_->next() < history_end_) {
    return status;
  }
  untold_loss_ += history_->take_untold_loss();
  // An overrun may have jumped past the end of the history; those numbers are ours to read, and are not lost.
  untold_loss_ -= std::min(untold_loss_, history_->next() - history_end_);
  end_history();
  return acquire_from_reader(deadline);
}

void Consumer::end_history() {
  healed_in_history_ = history_->healed();
  history_.reset();
  leave_lossy(view_, attachment_.id());
}

/// The message is not handed over: it is let go, counted, and declared as lost.
Status Consumer::reject_damaged() {
  count_damaged();
  untold_loss_ = message_.lost + 1;
  const Status status = release(1);
  return status == Status::OK ? Status::CHECKSUM_MISMATCH : status;
}

void Consumer::count_damaged() {
  ++corrupt_;
  view_.metrics->checksum_failures.fetch_add(1, std::memory_order_relaxed);
  note_error(Status::CHECKSUM_MISMATCH);
}

/// What was lost since the last message cannot be told with a next one.
void Consumer::declare_loss_at_end() {
  std::uint64_t untold = std::exchange(untold_loss_, 0);
  if (auto* sequential = std::get_if<Sequential>(&reader_)) {
    untold += sequential->take_untold_loss();
  }
  entry_.lost.store(lost_ += untold, std::memory_order_relaxed);
}

ChecksumVerdict Consumer::verify_checksum(const Message& message) {
  if (in_hand_ == 0 || !attachment_.is_usable() || view_.checksums == nullptr) {
    return ChecksumVerdict::absent;
  }
  const ChecksumVerdict verdict =
      datablock::verify_checksum(view_, message.slot, message.seq, message.length, message.flags);
  if (verdict == ChecksumVerdict::differs) {
    count_damaged();
  }
  return verdict;
}

unsigned Consumer::dead_producers() const {
  auto dead = static_cast<unsigned>(view_.control->lost_producers.load(std::memory_order_relaxed) -
                                    lost_producers_at_join_);
  for (unsigned id = 1; id <= view_.max_participants; ++id) {
    const auto& other = view_.participant(static_cast<std::uint8_t>(id));
    if (EntryWord{other.word.load(std::memory_order_acquire)}.state() == EntryState::active &&
        other.role.load(std::memory_order_relaxed) == static_cast<std::uint8_t>(Role::producer) &&
        other.standby.load(std::memory_order_relaxed) == 0 &&
        other.ended.load(std::memory_order_relaxed) == 0 &&
        probe_lock(attachment_.file().fd.get(), kLockBase + id) == LockState::free) {
      ++dead;
    }
  }
  return dead;
}

void Consumer::close() {
  if (!attachment_.is_usable()) {
    return;
  }
  if (in_hand_ != 0) {
    release(in_hand_);
  }
  if (auto* sync = std::get_if<Sync>(&reader_)) {
    sync->publish();
  }
  attachment_.leave();
}

std::uint64_t Consumer::healed() const {
  std::uint64_t healed = history_ ? history_->healed() : healed_in_history_;
  if (const auto* sync = std::get_if<Sync>(&reader_)) {
    healed += sync->healed();
  } else if (const auto* sequential = std::get_if<Sequential>(&reader_)) {
    healed += sequential->healed();
  } else if (const auto* latest = std::get_if<Latest>(&reader_)) {
    healed += latest->healed();
  }
  return healed;
}

Status Consumer::note_error(Status status) {
  if (status == Status::TIMEOUT) {
    ++timeouts_;
  }
  return count_failure(view_, entry_, status);
}

}  // namespace datablock
