#include "core/producer.hpp"

#include <algorithm>
#include <utility>

#include "core/error_metrics.hpp"

namespace datablock {

Producer::Producer(const std::string& block, const ProducerOptions& options)
    : attachment_(block, options, Role::producer, std::nullopt),
      view_(attachment_.view()),
      entry_(attachment_.entry()),
      core_(std::in_place_type<SingleCore>, view_, attachment_.id(), attachment_, options.wait),
      seals_(view_.checksums != nullptr &&
             (view_.checksum_policy == ChecksumPolicy::enforced || options.seal_all)) {
  const bool is_single = view_.producer_mode == ProducerMode::single;
  if (is_single && !attachment_.take_producer_role(options.standby_ms)) {
    attachment_.leave();
    throw Error(NativeEnv::is_interrupted() ? Status::INTERRUPTED : Status::SINGLE_PRODUCER);
  }
  if (view_.heal_after_ns != 0) {
    attachment_.heal_all();  // whoever wrote before us may have died with a slot
  }
  if (is_single) {
    core_.emplace<SingleCore>(view_, attachment_.id(), attachment_,
                              options.wait);  // the claim may have moved meanwhile
  } else {
    core_.emplace<MultiCore>(view_, attachment_.id(), attachment_, options.wait);
  }
  attachment_.activate();
}

Status Producer::acquire_slowly(std::int64_t timeout_ms) {
  if (hand_ != Hand::empty || !attachment_.is_usable()) {
    return attachment_.is_usable() ? Status::NESTED_USE : Status::CLOSED;
  }
  if (has_ended_) {
    resume_stream();
  }
  Deadline<NativeEnv> deadline(timeout_ms);
  const Status status = with_core([&](auto& core) { return core.acquire(deadline, position_); });
  hand_ = status == Status::OK ? Hand::slot : Hand::empty;
  return note_error(status);
}

Status Producer::abort() {
  if (hand_ == Hand::empty || !attachment_.is_usable()) {
    return attachment_.is_usable() ? Status::NOTHING_IN_HAND : Status::CLOSED;
  }
  if (std::exchange(hand_, Hand::empty) == Hand::slot) {
    return give_up(position_);
  }
  Status first = Status::OK;
  for (const RingPosition& at : run_) {
    const Status status = give_up(at);
    first = first == Status::OK ? status : first;
  }
  run_.clear();
  return first;
}

Status Producer::give_up(const RingPosition& at) {
  return note_error(std::visit([&](auto& core) { return core.abort(at); }, core_));
}

Status Producer::acquire_run(std::size_t most, std::int64_t timeout_ms) {
  if (most == 0) {
    return Status::INVALID_ARGUMENT;
  }
  run_.reserve(std::min<std::uint64_t>(most, view_.slot_count));  // no memory: before anything is in hand
  if (const Status status = acquire(timeout_ms); status != Status::OK) {
    return status;
  }
  hand_ = Hand::run;
  run_.assign(1, position_);
  std::visit(
      [&](auto& core) {
        RingPosition next;
        while (run_.size() < most && run_.size() < view_.slot_count && core.acquire_ready(next)) {
          run_.push_back(next);
        }
      },
      core_);
  return Status::OK;
}

Status Producer::commit_run(std::span<const std::uint64_t> lengths, std::uint32_t flags,
                            std::size_t& published) {
  published = 0;
  if (hand_ != Hand::run || !attachment_.is_usable()) {
    return attachment_.is_usable() ? Status::NOTHING_IN_HAND : Status::CLOSED;
  }
  if (lengths.size() > run_.size()) {
    return Status::INVALID_ARGUMENT;
  }
  if (std::ranges::any_of(lengths, [&](std::uint64_t length) { return length > view_.slot_size; })) {
    return Status::MESSAGE_TOO_LARGE;
  }
  hand_ = Hand::empty;
  Status first = Status::OK;
  for (std::size_t i = 0; i < run_.size(); ++i) {
    const bool is_meant = i < lengths.size();
    const Status status = is_meant ? publish(run_[i], lengths[i], flags) : give_up(run_[i]);
    published += is_meant && status == Status::OK ? 1 : 0;
    first = first == Status::OK ? status : first;
  }
  run_.clear();
  return first;
}

Status Producer::mark_end(std::int64_t timeout_ms) {
  if (const Status status = acquire(timeout_ms); status != Status::OK) {
    return status;
  }
  // Before the mark is published: who reads it must not find us unfinished.
  entry_.ended.store(1, std::memory_order_release);
  has_ended_ = true;
  const std::uint64_t messages = messages_;
  const Status status = commit(0, MessageFlag::end);
  entry_.messages.store(messages_ = messages, std::memory_order_relaxed);  // a mark is no message
  if (status != Status::OK) {
    resume_stream();  // fenced off: the mark is not there, so nothing has ended
  }
  return status;
}

Status Producer::update_checksum(std::uint64_t length, std::uint32_t flags) {
  if (!attachment_.is_usable()) {
    return Status::CLOSED;
  }
  if (hand_ != Hand::slot || view_.checksums == nullptr) {
    return hand_ == Hand::slot ? Status::CONFIG_INVALID : Status::NOTHING_IN_HAND;
  }
  if (length > view_.slot_size) {
    return Status::MESSAGE_TOO_LARGE;
  }
  store_checksum(view_, position_, length, flags);
  return Status::OK;
}

void Producer::close() {
  if (!attachment_.is_usable()) {
    return;
  }
  if (hand_ != Hand::empty) {
    abort();
  }
  attachment_.leave();
}

std::uint64_t Producer::healed() const {
  return std::visit([](const auto& core) { return core.healed(); }, core_);
}

void Producer::resume_stream() {
  has_ended_ = false;
  entry_.ended.store(0, std::memory_order_release);
}

Status Producer::note_error(Status status) {
  if (status == Status::TIMEOUT) {
    ++timeouts_;
  }
  return count_failure(view_, entry_, status);
}

}  // namespace datablock
