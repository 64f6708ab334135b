// Diagnosis, repair, validation and heartbeats through the C++ interface.
#include <fcntl.h>

#include <chrono>
#include <thread>

#include "support/cpp_block_test.hpp"

namespace datablock {
namespace {

using testing::ChildProcess;
using testing::CppBlockTest;
using testing::eventually;
using testing::Line;
using testing::send;

class OperationsTest : public CppBlockTest {
 protected:
  static BlockConfig unhealed() {
    BlockConfig made = config();
    made.self_heal = false;
    return made;
  }
  std::unique_ptr<ChildProcess> dead_writer() const {
    auto child = std::make_unique<ChildProcess>([this](const Line& line) {
      auto producer = open_producer();
      const SlotWriteHandle slot = producer.acquire_write_slot(0);
      line.stay();
    });
    child->hear();
    child->kill();
    return child;
  }
};

TEST_F(OperationsTest, ASlotOfADeadWriterIsDiagnosedAndRepaired) {
  create(unhealed());
  const auto child = dead_writer();
  const SlotDiagnostics diagnostics(kName, dir());
  const auto slots = diagnostics.slots(0, 1, 0);
  ASSERT_EQ(slots.size(), 1U);
  EXPECT_EQ(slots[0].verdict, SlotVerdict::stuck);
  SlotRecovery recovery(kName, dir());
  EXPECT_EQ(recovery.plan(RecoveryScope::consumers).size(), 0U);
  EXPECT_EQ(recovery.plan().size(), 2U);
  for (const TakenAction& action : recovery.recover()) {
    EXPECT_EQ(action.status, Status::OK);
  }
  EXPECT_EQ(diagnostics.slots(0, 1, 0)[0].verdict, SlotVerdict::healthy);
  EXPECT_EQ(diagnostics.history().size(), 2U);
}

TEST_F(OperationsTest, AValidatorFindsWhatIsWrong) {
  BlockConfig checked = config();
  checked.checksum_algorithm = ChecksumAlgorithm::blake2b;
  create(checked);
  auto producer = open_producer();
  send(producer, "good");
  const IntegrityValidator validator(kName, dir());
  EXPECT_EQ(validator.validate().checksums_verified, 1U);
  EXPECT_TRUE(validator.validate().violations.empty());
  raw().view().payload[0] ^= std::byte{1};
  EXPECT_TRUE(validator.validate(false).violations.empty());
  EXPECT_EQ(validator.validate().violations.size(), 1U);
}

TEST_F(OperationsTest, AHeartbeatComesOnceAnInterval) {
  create(config());
  auto producer = open_producer();
  auto consumer = open_consumer();
  HeartbeatManager of_producer(producer, std::chrono::hours(1));
  HeartbeatManager of_consumer(consumer, std::chrono::nanoseconds(0));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(of_producer.pulse(), Status::OK);
    EXPECT_EQ(of_consumer.pulse(), Status::OK);
  }
  const auto beats = [&](const auto& participant) {
    return participant->attachment().entry().heartbeats.load(std::memory_order_relaxed);
  };
  EXPECT_EQ(beats(producer), 1U);
  EXPECT_EQ(beats(consumer), 10U);
  HeartbeatManager patient(producer, std::chrono::milliseconds(20));
  EXPECT_TRUE(eventually([&] { return patient.pulse() == Status::OK && beats(producer) == 4; }));
}

TEST_F(OperationsTest, AHeartbeatFindsOutThatTheParticipantIsNoLongerSound) {
  create(config());
  auto consumer = open_consumer();
  auto producer = open_producer();
  HeartbeatManager closed(consumer, std::chrono::nanoseconds(0));
  consumer->close();
  EXPECT_EQ(closed.pulse(), Status::CLOSED);

  ConsumerOptions options = consumer_options();
  options.watch_name = true;
  auto watching = DataBlockConsumer::open(kName, options);
  HeartbeatManager heartbeat(watching, std::chrono::nanoseconds(0));
  EXPECT_EQ(heartbeat.pulse(), Status::OK);
  const SlotDiagnostics diagnostics(kName, dir());
  unlink_segment(kName, dir(), diagnostics.file().header.instance, true);
  EXPECT_EQ(heartbeat.pulse(), Status::RECREATED);
  std::uint64_t failed = 0;
  for (const auto& [name, value] : diagnostics.metrics().values) {
    failed = std::string_view(name) == "heartbeat_failed_count" ? value : failed;
  }
  EXPECT_EQ(failed, 1U);
}

}  // namespace
}  // namespace datablock
