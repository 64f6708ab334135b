// A producer and readers in threads, over one mapping. Elsewhere each handle has a mapping of its own, mostly
// in a process of its own, and ThreadSanitizer, which thinks in addresses, sees nothing of what they share.
// Here it sees every access of the protocol, and of the payload that the protocol guards.
#include <thread>
#include <vector>

#include "core/lossy_reader.hpp"
#include "core/membership.hpp"
#include "core/producer_core.hpp"
#include "core/sync_reader.hpp"
#include "support/block_test.hpp"
#include "support/ring_kinds.hpp"

namespace datablock {
namespace {

using testing::fill_pattern;
using testing::OnEveryRing;
using testing::RawBlock;
using testing::read_pattern;

/// Nobody dies here.
class Untroubled final : public Caretaker {
 public:
  bool heal(std::uint8_t) override { return false; }
  Status check_self() override { return Status::OK; }
};

class ThreadsOn : public OnEveryRing {
 protected:
  static constexpr std::uint64_t kMessages = 3000;  ///< of each producer
  static constexpr std::uint64_t kLength = 64;

  ThreadsOn() {
    register_for_process_fences();  // as an attachment does
    create(kind_config());
    shared_ = std::make_unique<RawBlock>(kName, dir());
  }

  const View& view() const { return shared_->view(); }

  template <ProducerMode kMode>
  void write(std::uint8_t id) const {
    Untroubled caretaker;
    ProducerCore<NativeEnv, kMode> producer(view(), id, caretaker, WaitStrategy::adaptive);
    for (std::uint64_t i = 0; i < kMessages; ++i) {
      RingPosition at(0, view().slot_count);
      Deadline<NativeEnv> deadline(-1);
      ASSERT_EQ(producer.acquire(deadline, at), Status::OK);
      fill_pattern({view().slot_payload(at.slot()), kLength}, id, i);
      if (i % 50 == 7) {
        ASSERT_EQ(producer.abort(at), Status::OK);
      } else {
        ASSERT_EQ(producer.commit(at, kLength, 0, id), Status::OK);
      }
    }
  }

  /// Until each producer's last message was read. `is_lossless`: then every one of them.
  template <class Reader, class Release>
  void read(Reader&& reader, unsigned producers, bool is_lossless, Release&& release) const {
    std::vector<std::uint64_t> next(producers + 1);
    unsigned ended = 0;
    std::uint64_t delivered = 0;
    while (ended < producers) {
      Message message;
      Deadline<NativeEnv> deadline(is_lossless ? -1 : 20);
      const Status status = reader.acquire(deadline, message);
      if (status == Status::TIMEOUT) {
        break;  // a lossy reader may have missed the last one
      }
      ASSERT_EQ(status, Status::OK);
      const auto pattern = read_pattern({view().slot_payload(message.slot), message.length});
      ASSERT_TRUE(pattern.whole);
      ASSERT_GE(pattern.index, next.at(pattern.source));
      next[pattern.source] = pattern.index + 1;
      ended += pattern.index + 1 == kMessages ? 1 : 0;
      ++delivered;
      release();
    }
    if (is_lossless) {
      EXPECT_EQ(delivered, producers * (kMessages - kMessages / 50));
    }
  }

  void read_all(std::uint8_t id, std::uint64_t start, unsigned producers) const {
    Untroubled caretaker;
    SyncReader<NativeEnv> reader(view(), id, caretaker, WaitStrategy::adaptive, start);
    read(reader, producers, true, [&] { ASSERT_EQ(reader.release(1), Status::OK); });
  }

  template <template <class> class Reader>
  void read_some(std::uint8_t id, unsigned producers) const {
    Untroubled caretaker;
    Reader<NativeEnv> reader(view(), id, caretaker, WaitStrategy::adaptive, 0);
    read(reader, producers, false, [&] { reader.release(); });
  }

 private:
  std::unique_ptr<RawBlock> shared_;
};

TEST_P(ThreadsOn, ShareOneMapping) {
  const unsigned producers = GetParam().mode == ProducerMode::single ? 1 : 2;
  std::uint64_t start = 0;
  ASSERT_EQ(join_sync(view(), 3, start), Status::OK);
  join_lossy(view(), 4);
  join_lossy(view(), 5);
  std::vector<std::thread> threads;
  threads.emplace_back([&] { read_all(3, start, producers); });
  threads.emplace_back([&] { read_some<SequentialReader>(4, producers); });
  threads.emplace_back([&] { read_some<LatestReader>(5, producers); });
  for (unsigned id = 1; id <= producers; ++id) {
    threads.emplace_back([this, id] {
      if (GetParam().mode == ProducerMode::single) {
        write<ProducerMode::single>(static_cast<std::uint8_t>(id));
      } else {
        write<ProducerMode::multi>(static_cast<std::uint8_t>(id));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

INSTANTIATE_ON_RINGS(ThreadsOn, 1, 3, 16);

}  // namespace
}  // namespace datablock
