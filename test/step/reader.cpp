#include "reader.hpp"

#include "failure.hpp"

namespace datablock::step {
namespace {

/// Longer than any healthy case lets it sleep.
constexpr std::int64_t kSleepMs = 20000;

std::uint64_t oldest(const View& view) {
  const std::uint64_t claim = view.control->claim.load();
  return claim > view.slot_count ? claim - view.slot_count : 0;
}

std::string text_of(const Stamp& stamp) {
  return "message " + std::to_string(stamp.index) + " of author " +
         std::to_string(static_cast<std::uint64_t>(stamp.author));
}

}  // namespace

Reader::Reader(const std::string& name, const std::string& dir, ConsumerMode mode, StartFrom from,
               WaitStrategy wait) {
  ConsumerOptions options;
  options.dir = dir;
  options.name = "reader";
  options.mode = mode;
  options.from = from;
  options.wait = wait;
  consumer_ = std::make_unique<Consumer>(name, options);
  const View& view = consumer_->view();
  start_ = from == StartFrom::oldest ? oldest(view) : view.control->claim.load();
}

Reader::~Reader() {
  if (thread_.joinable()) {
    consumer_->cancel();
    thread_.join();
  }
}

bool Reader::take(std::int64_t ms) {
  last_status_ = consumer_->acquire(ms);
  if (last_status_ == Status::TIMEOUT || last_status_ == Status::END_OF_STREAM) {
    return false;
  }
  expect(last_status_ == Status::OK, name() + " failed: " + catalogue_entry(last_status_).name);
  note(consumer_->message());
  return true;
}

std::size_t Reader::take_run(std::size_t most) {
  std::vector<Message> run(most);
  std::size_t count = 0;
  last_status_ = consumer_->acquire_run(run, count, 0);
  expect(last_status_ == Status::OK || last_status_ == Status::TIMEOUT,
         name() + " failed: " + catalogue_entry(last_status_).name);
  for (std::size_t i = 0; i < count; ++i) {
    note(run[i]);
  }
  return count;
}

void Reader::note(const Message& message) {
  const auto stamp = read_stamp(consumer_->payload(message));
  expect(stamp.has_value(), name() + " got a torn message " + std::to_string(message.seq));
  deliveries_.push_back({message.seq, message.lost, *stamp});
  hand_.push_back(message);
}

void Reader::check_hand() const {
  for (std::size_t i = 0; i < hand_.size(); ++i) {
    const Delivery& delivery = deliveries_[deliveries_.size() - hand_.size() + i];
    expect(read_stamp(consumer_->payload(hand_[i])) == delivery.stamp,
           name() + " holds message " + std::to_string(delivery.seq) + ", and its bytes were overwritten");
  }
}

void Reader::let_go() {
  check_hand();
  if (!hand_.empty()) {
    const Status status = consumer_->release(hand_.size());
    expect(status == Status::OK, name() + " could not release: " + catalogue_entry(status).name);
    hand_.clear();
  }
}

void Reader::read_past(std::uint64_t seq, std::int64_t ms) {
  const auto end = Clock::now() + std::chrono::milliseconds(ms);
  let_go();
  while (deliveries_.empty() || deliveries_.back().seq < seq) {
    if (take(ms)) {
      let_go();
    }
    expect(Clock::now() < end || (!deliveries_.empty() && deliveries_.back().seq >= seq),
           name() + " waits in vain for message " + std::to_string(seq));
  }
}

void Reader::fall_asleep() {
  thread_ = std::thread([this] {
    try {
      expect(take(kSleepMs), name() + " slept for all its time");
    } catch (const Failure& failure) {
      thread_failure_ = failure.what();
    }
    woke_at_ = Clock::now();
  });
}

Reader::Clock::time_point Reader::wake_up() {
  thread_.join();
  expect(thread_failure_.empty(), thread_failure_);
  return woke_at_;
}

void Reader::check(const Ledger& ledger, std::uint64_t claim) const {
  const bool lossless = consumer_->mode() == ConsumerMode::sync;
  std::uint64_t next = start_;
  std::uint64_t accounted = 0;
  const auto skip_to = [&](std::uint64_t seq, std::uint64_t declared) {
    std::uint64_t missed = 0;
    for (std::uint64_t at = next; at < seq; ++at) {
      missed += ledger.message(at) ? 1 : 0;
    }
    expect(missed <= declared,
           name() + " was never told of " + std::to_string(missed - std::min(missed, declared)) +
               " messages between " + std::to_string(next) + " and " + std::to_string(seq));
    expect(declared <= seq - next, name() + " was told of a loss of " + std::to_string(declared) +
                                       " before message " + std::to_string(seq));
    accounted += seq - next;
    next = seq;
  };
  for (const Delivery& delivery : deliveries_) {
    expect(delivery.seq >= next, name() + " got message " + std::to_string(delivery.seq) + " out of order");
    expect(!lossless || delivery.lost == 0, name() + " lost messages before " + std::to_string(delivery.seq));
    skip_to(delivery.seq, delivery.lost);
    const auto truth = ledger.message(delivery.seq);
    expect(truth.has_value(), name() + " got number " + std::to_string(delivery.seq) +
                                  ", which was never committed: " + text_of(delivery.stamp));
    expect(*truth == delivery.stamp, name() + " got number " + std::to_string(delivery.seq) + " as " +
                                         text_of(delivery.stamp) + " instead of " + text_of(*truth));
    ++accounted;
    ++next;
  }
  skip_to(claim, 0);
  expect(accounted == claim - start_, name() + " cannot account for all numbers");
}

std::string Reader::name() const {
  return std::string("The ") + to_string(consumer_->mode()) + " reader";
}

}  // namespace datablock::step
